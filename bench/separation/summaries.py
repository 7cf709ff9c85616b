"""Every arm's means over cells with their intervals, from the records."""

from collections.abc import Iterable, Mapping, Sequence

from bench.separation import intervals
from bench.separation.design import Arm, Cell
from bench.separation.intervals import Interval
from bench.separation.measures import Measures
from bench.separation.records import Record

Cells = dict[str, dict[str, Measures]]
"""Measures by the arm's name, then by the cell's key."""


Summary = dict[str, dict[str, Interval]]
"""Each arm's interval of each measure."""


def by_arm(records: Iterable[Record], cells: Iterable[Cell]) -> Cells:
    """What was measured in these cells, arm by arm."""
    keys, found = {cell.key for cell in cells}, Cells()
    for record in sorted(records, key=lambda record: record.cell):
        for arm, measures in record.measures.items() if record.cell in keys else ():
            found.setdefault(arm, {})[record.cell] = measures
    return found


def by_shots(cells: Cells, arm: Arm, shots: Sequence[int]) -> Cells:
    """One arm's measures by the number of its clips, in cells that are named alike where nothing else differs."""
    of_arm = cells.get(arm.name, {})
    fingerprints = {f"{num} clips" if num > 1 else "1 clip": f"/{num}-shot/" for num in shots}
    return {
        name: {cell.replace(mark, "/"): measures for cell, measures in of_arm.items() if mark in cell}
        for name, mark in fingerprints.items()
    }


def only_whole(cells: Cells) -> Cells:
    """Only cells in which every arm was measured, so that means can be compared."""
    return {arm: {cell: found[cell] for cell in shared(cells.values())} for arm, found in cells.items()}


def shared(found: Iterable[Mapping[str, Measures]]) -> list[str]:
    """The cells that all of them have."""
    first, *others = [*found] or [{}]
    return [cell for cell in first if all(cell in other for other in others)]


def summarise(cells: Cells) -> Summary:
    """Every interval."""
    return {
        arm: {field: intervals.of([getattr(one, field) for one in found.values()]) for field in Measures._fields}
        for arm, found in cells.items()
    }


def table(summary: Summary) -> str:
    """The arms as a Markdown table."""
    lines = ["| arm | " + " | ".join(field.replace("_", " ") for field in Measures._fields) + " |"]
    lines.append("|---" * (len(Measures._fields) + 1) + "|")
    lines += [
        f"| {arm} | " + " | ".join(str(found[field]) for field in Measures._fields) + " |"
        for arm, found in summary.items()
    ]
    return "\n".join(lines)
