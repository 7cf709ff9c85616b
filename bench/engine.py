"""The engine compared with a plain diffusers and peft loop: time, peak memory, and their ratios.

Training steps of each preset, with and without gradient checkpointing; denoising steps under each strategy; and what
more reference clips cost. On the bundled base; or on ZeroScope's network at full size and random weights, without
autoencoder and text encoder, which a training keeps off the device anyway (and so without the clips).

    python -m bench.engine --out bench/engine.json
    python -m bench.engine --network zeroscope --device cuda --out bench/engine-zeroscope.json
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from bench import clips, sampling, task, training
from bench.task import Task
from services.motion.compute import devices
from shared.schemas.training import Preset

PRESETS: tuple[Preset, ...] = get_args(Preset)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables, and write the figures where `--out` says."""
    options = _parser().parse_args(arguments)
    device = devices.choose(options.device)
    devices.prepare(device, threads=options.threads)
    found = _measure(task.make(options, device), options.preset)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    task.add_options(parser)
    parser.add_argument("--preset", choices=PRESETS, nargs="*", default=PRESETS)
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON")
    return parser


def _measure(chosen: Task, presets: Sequence[Preset]) -> dict[str, Any]:
    found = chosen.facts()
    found["training"] = [row for preset in presets for row in training.rows(chosen, preset)]
    if chosen.name == "base":
        found["sampling"] = [*sampling.rows(chosen)]
        found["clips"] = [*clips.rows(chosen)]
    return found


if __name__ == "__main__":
    sys.exit(main())
