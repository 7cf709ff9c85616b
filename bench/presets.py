"""What each adapter preset learns on a base of the world, next to the base untaught, with each mode of the highway.

Three clips of one subject teach a held-out motion; eight other subjects perform it, with fixed seeds.

    python -m bench.presets --motion orbiting --out bench/presets.json
"""

import argparse
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from deploy import samples, scores
from services.motion import devices, noise, sample, train
from services.motion.artifacts import Adapter
from services.motion.families import unet3d
from services.motion.families.protocol import Bundle
from services.motion.progress import Progress
from services.motion.shapes import VideoSize
from services.motion.world import paths, scenes
from services.motion.world.__main__ import BUNDLED
from shared.base_models import BaseModelInfo, read_base_model
from shared.clock import SystemClock
from shared.schemas.training import Preset, TrainingRecipe

PRESETS: tuple[Preset, ...] = ("tap", "tap-qk", "tap-release", "motion-director")
MODES = ("off", "release", "full")
NUM_SUBJECTS = 8


class Bench(NamedTuple):
    """What every row is measured with."""

    bundle: Bundle
    info: BaseModelInfo
    motion: str
    seed: int
    clips: list[paths.Path]
    recipe: dict[str, Any]

    @property
    def references(self) -> list[scores.PathF2]:
        """The exact paths of the clips, in fractions of the frame's side."""
        return [path.centre_F2 for path in self.clips]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and write the figures where `--out` says."""
    options = _parser().parse_args(arguments)
    device = devices.choose(options.device)
    devices.prepare(device, threads=options.threads)
    rng = np.random.default_rng([options.seed, 1])
    bench = Bench(
        unet3d.load(options.base, device=device),
        read_base_model(options.base.name, options.base),
        options.motion,
        options.seed,
        paths.takes(options.motion, rng, samples.NUM_FRAMES, samples.NUM_CLIPS),
        dict(options.set),
    )
    rows = [*_rows(bench, options.preset, options.highway)]
    if options.out:
        facts = {"date": f"{SystemClock().now():%Y-%m-%d}", "machine": _machine(), **_settings(options)}
        options.out.write_text(json.dumps({**facts, "rows": rows}, indent=2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.presets", description=__doc__)
    parser.add_argument("--base", type=Path, default=BUNDLED, help="a base of the world (default: the bundled one)")
    parser.add_argument("--motion", choices=[*paths.HELD_OUT], default=samples.MOTION)
    parser.add_argument("--preset", choices=PRESETS, nargs="*", default=PRESETS)
    parser.add_argument("--highway", choices=MODES, nargs="*", default=MODES)
    parser.add_argument("--set", type=_setting, nargs="*", default=[], metavar="FIELD=JSON", help="change the recipe")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON")
    return parser


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    return {"motion": options.motion, "seed": options.seed, "recipe": dict(options.set)}


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, json.loads(value)


def _machine() -> str:
    return f"{platform.machine()}, {torch.get_num_threads()} threads"


def _rows(bench: Bench, presets: Sequence[Preset], modes: Sequence[str]) -> Iterator[dict[str, Any]]:
    yield _perform(bench, "untaught", None, "off", None)
    for preset in presets:
        recipe, adapter = _teach(bench, preset)
        for mode in modes:
            yield _perform(bench, preset, adapter, mode, recipe)


def _teach(bench: Bench, preset: Preset) -> tuple[TrainingRecipe, Adapter]:
    wanted = bench.info.training_with(preset) | bench.recipe | {"seed": bench.seed}
    recipe = TrainingRecipe.model_validate({"alpha": wanted["rank"], **wanted})
    caption = samples.REFERENCE.caption(bench.motion)
    clips = [scenes.render(samples.REFERENCE, path) for path in bench.clips]
    latents = [bench.bundle.encode_clip(clip, recipe.num_frames) for clip in clips]
    text = bench.bundle.encode_text([caption] * len(latents))
    with tqdm(total=recipe.steps, desc=preset, leave=False) as bar:

        def show(progress: Progress) -> None:
            bar.update(progress.step - bar.n)

        fitted = train.fit(bench.bundle, latents, text, recipe, report=show)
    return recipe, fitted.adapter


def _perform(
    bench: Bench, name: str, adapter: Adapter | None, mode: str, recipe: TrainingRecipe | None
) -> dict[str, Any]:
    defaults = bench.info.generation
    subjects = _subjects(bench.seed)
    videos = sample.denoise(
        bench.bundle,
        [subject.caption(bench.motion) for subject in subjects],
        size=VideoSize(defaults["num_frames"], defaults["height"], defaults["width"]),
        generators=[noise.make_generator(bench.seed, "presets", index) for index in range(len(subjects))],
        guidance=sample.Guidance(
            defaults["steps"],
            defaults["guidance_scale"],
            highway=mode,
            gain=defaults["highway"]["gain"],
            phase=defaults["phase"],
        ),
        adapter=adapter,
    )
    found = scores.mean(
        [
            scores.score(clip, subject, samples.REFERENCE, bench.references)
            for clip, subject in zip(videos, subjects, strict=True)
        ]
    )
    row = {"preset": name, "highway": mode, **{key: round(value, 3) for key, value in found._asdict().items()}}
    print("  ".join(f"{value!s:>16}" for value in row.values()), flush=True)
    return row | ({"steps": recipe.steps, "learning_rate": recipe.learning_rate} if recipe else {})


def _subjects(seed: int) -> list[scenes.Appearance]:
    """Appearances that share neither colour nor shape nor background with the reference."""
    others = [
        appearance
        for appearance in scenes.APPEARANCES
        if not any(mine == its for mine, its in zip(appearance, samples.REFERENCE, strict=True))
    ]
    chosen = np.random.default_rng([seed, 2]).choice(len(others), NUM_SUBJECTS, replace=False)
    return [others[index] for index in chosen]


if __name__ == "__main__":
    sys.exit(main())
