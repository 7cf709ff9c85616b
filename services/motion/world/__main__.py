"""`python -m services.motion.world`: pretrains and evaluates the bundled base model."""

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from tqdm import tqdm

from services.motion.compute import devices
from services.motion.families import unet3d
from services.motion.progress import StepProgress
from services.motion.world.pretraining import base_score, optimal_denoiser, pretrain

BUNDLED = Path(__file__).parent / "weights"


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands; returns the exit status."""
    options = _parser().parse_args(arguments)
    options.device = devices.choose(options.device)
    devices.prepare(options.device, threads=options.threads)
    options.run(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.motion.world", description=__doc__)
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    commands = parser.add_subparsers(required=True)
    _add_pretrain(
        commands.add_parser("pretrain", help="pretrain the base; run it again to go on after an interruption")
    )
    _add_score(commands.add_parser("score", help="measure a base over 96 unseen prompts and with uniform maps"))
    _add_optimum(commands.add_parser("optimum", help="measure how far a base is from the best possible denoiser"))
    return parser


def _add_pretrain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder for state and, in the end, weights/")
    parser.add_argument("--start", type=Path, help="a base of this layout to train further (default: from scratch)")
    for field in fields(pretrain.Plan):
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, type=type(field.default), default=field.default, help="default: %(default)s")
    parser.set_defaults(run=_pretrain)


def _pretrain(options: argparse.Namespace) -> None:
    plan = pretrain.Plan(**{field.name: getattr(options, field.name) for field in fields(pretrain.Plan)})
    pretrain.run(options.out, plan, start=options.start, device=options.device)


def _add_measure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base", type=Path, default=BUNDLED, help="a base in diffusers layout (default: the bundled one)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON")


def _add_score(parser: argparse.ArgumentParser) -> None:
    _add_measure(parser)
    parser.set_defaults(run=_score)


def _score(options: argparse.Namespace) -> None:
    bundle = unet3d.load(options.base, device=options.device)
    with tqdm(desc="sampling", file=sys.stderr) as bar:

        def show(progress: StepProgress) -> None:
            bar.total = progress.total_steps
            bar.update(progress.step - bar.n)

        figures = base_score.score(bundle, seed=options.seed, on_progress=show)
    _tell(figures, options.out)


def _add_optimum(parser: argparse.ArgumentParser) -> None:
    _add_measure(parser)
    parser.set_defaults(run=_optimum)


def _optimum(options: argparse.Namespace) -> None:
    _tell(optimal_denoiser.errors(unet3d.load(options.base, device=options.device), seed=options.seed), options.out)


def _tell(figures: dict[str, Any], out: Path | None) -> None:
    text = json.dumps(figures, indent=2, allow_nan=False)
    print(text)
    if out:
        out.write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
