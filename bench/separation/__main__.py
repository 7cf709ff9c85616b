"""The separation bench: the paper's ablation on the bundled base model.

python -m bench.separation run                  all cells, hours; goes on where it was stopped
python -m bench.separation run --seeds 0 --motions orbiting --shots 1     a subset, minutes
python -m bench.separation run --trainings motion-director default        one comparison in every cell, first
python -m bench.separation run --trainings default --seeds 0 --shots 16 64     more clips
python -m bench.separation run --study tuning   one setting changed at a time, on cells of its own
python -m bench.separation report               tables, plots and verdicts from what has been measured
"""

import argparse
import platform
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import torch
from tqdm import tqdm

from bench.separation import ablation, design, generation, records, report, sheets, tuning
from bench.separation.design import Study, TrainingSetup
from bench.separation.generation import Device, Unit, UnitResult
from services.motion.families import unet3d
from services.motion.world.__main__ import BUNDLED
from shared.base_models import read_base_model
from shared.clock import SystemClock

RESULTS = Path(__file__).parent / "results"
CLIPS = Path("build/separation")
STUDIES = {study.name: study for study in (ablation.STUDY, tuning.STUDY)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command; the exit status is that of the work."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is _run and (strangers := _trainings_of_other_studies(options)):
        parser.error(f"no training of the study {options.study}: {', '.join(strangers)}")
    return options.command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.separation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="folder of records and report (bench/separation/results)"
    )
    parser.add_argument(
        "--clips", type=Path, default=CLIPS, help="folder of the clips that sheets show (build/separation)"
    )
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="train, generate and measure the runs that have no result yet")
    run.set_defaults(command=_run)
    run.add_argument("--study", default=ablation.STUDY.name, choices=STUDIES, help="what to ask (ablation)")
    run.add_argument("--base", type=Path, default=BUNDLED, help="a base of the world (default: the bundled one)")
    run.add_argument("--motions", nargs="*", default=design.MOTIONS, choices=design.MOTIONS)
    run.add_argument("--shots", nargs="*", type=int, default=design.SHOTS)
    run.add_argument("--seeds", nargs="*", type=int, help="(the study's)")
    names = [*dict.fromkeys(training.name for study in STUDIES.values() for training in study.trainings)]
    run.add_argument("--trainings", nargs="*", choices=names, help="beside the base model (all of the study)")
    run.add_argument("--steps", type=int, help="train this long instead: a quick look")
    run.add_argument("--device", default="auto", help="cpu, cuda or auto (default)")
    run.add_argument("--workers", type=int, default=2, help="processes side by side, which share the cores (2)")
    commands.add_parser("report", help="tables, plots and sheets from the records").set_defaults(command=_report)
    return parser


def _run(options: argparse.Namespace) -> int:
    file = _file(options)
    units = [*_units(options)]
    fingerprints, done = _fingerprints(options.base, units), records.read(file)
    todo = [unit for unit in units if unit.key not in done or done[unit.key].fingerprint != fingerprints[unit.key]]
    device = Device(options.base, options.device, generation.num_threads(options.workers))
    with tqdm(total=len(units), initial=len(units) - len(todo), unit="unit") as bar:
        for unit, result in _run_units(todo, device, options.workers):
            records.add(file, unit, fingerprints[unit.key], result)
            bar.set_postfix_str(unit.key)
            bar.update()
    return 0


def _trainings_of_other_studies(options: argparse.Namespace) -> list[str]:
    """The requested trainings that belong to another study."""
    own = {training.name for training in STUDIES[options.study].trainings}
    return [name for name in options.trainings or () if name not in own]


def _run_units(units: Sequence[Unit], device: Device, workers: int) -> Iterator[tuple[Unit, UnitResult]]:
    if workers == 1:
        yield from ((unit, generation.run_unit(unit, device)) for unit in units)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(generation.run_unit, unit, device): unit for unit in units}
        yield from ((running[future], future.result()) for future in as_completed(running))


def _fingerprints(base: Path, units: Sequence[Unit]) -> dict[str, str]:
    info, base_hash = read_base_model(base.name, base), unet3d.load(base).content_hash
    return {unit.key: records.fingerprint(unit, info, base_hash) for unit in units}


def _units(options: argparse.Namespace) -> Iterator[Unit]:
    study: Study = STUDIES[options.study]
    for cell in design.cells(options.motions, options.shots, options.seeds or study.seeds):
        keep = options.clips / cell.key if sheets.shows(cell) else None
        if design.BASE_MODEL in study.arms:
            yield Unit(cell, None, (design.BASE_MODEL,), keep)
        for training in study.trainings:
            if options.trainings is None or training.name in options.trainings:
                yield Unit(cell, _shortened(training, options.steps), study.arms_of(training), keep)


def _shortened(training: TrainingSetup, steps: int | None) -> TrainingSetup:
    return training if steps is None else training._replace(recipe=training.recipe | {"steps": steps})


def _report(options: argparse.Namespace) -> int:
    print(report.write(options.results, options.clips, records.read(_file(options)).values(), _machine()))
    return 0


def _file(options: argparse.Namespace) -> Path:
    return options.results / "records.jsonl"


def _machine() -> str:
    return f"{SystemClock().now():%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} cores"


if __name__ == "__main__":
    sys.exit(main())
