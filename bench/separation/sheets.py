"""Contact sheets: the reference, and the same prompt result by the arms that matter most, one sheet a motion."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.separation import generation
from bench.separation.design import BASE_MODEL, DEFAULT, MOTIONS, PLI, REFERENCES, Arm, Cell
from services.motion.evaluation import contact_sheet
from services.motion.world import scenes

ARMS = (
    BASE_MODEL,
    Arm("motion-director"),
    Arm("motion-director", "off", PLI),
    Arm("tap-release", "release"),
    Arm("tap-qko"),
    DEFAULT,
)
NUM_SUBJECTS = 2


def shows(cell: Cell) -> bool:
    """Whether the cell's clips are kept for a sheet: the first seed's one-shot cells of the first reference."""
    return cell == _shown(cell.motion)


def _shown(motion: str) -> Cell:
    return Cell(motion, REFERENCES[0], shots=1, seed=0)


def draw(folder: Path, clips: Path) -> list[Path]:
    """One PNG for each motion whose clips are there."""
    shown = [cell for cell in map(_shown, MOTIONS) if all(_file(clips, cell, arm).is_file() for arm in ARMS)]
    return [contact_sheet.write(folder / f"{cell.motion}.png", [*_sections(clips, cell)]) for cell in shown]


def _file(clips: Path, cell: Cell, arm: Arm) -> Path:
    return clips / cell.key / f"{arm.name}.npz"


def _sections(clips: Path, cell: Cell) -> Iterator[contact_sheet.Section]:
    reference = scenes.render(cell.reference, generation.reference_paths(cell)[0])
    yield contact_sheet.Section(cell.motion, [contact_sheet.Strip(cell.reference.caption(cell.motion), reference)])
    for index, subject in enumerate(generation.subjects(cell)[:NUM_SUBJECTS]):
        strips = [contact_sheet.Strip(arm.name, _clip(_file(clips, cell, arm), index)) for arm in ARMS]
        yield contact_sheet.Section(subject.caption(cell.motion), strips)


def _clip(file: Path, index: int) -> scenes.Frames:
    with np.load(file) as arrays:
        return arrays["arr_0"][index]
