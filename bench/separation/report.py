"""The report: tables, verdicts, a plot and contact sheets."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.separation import ablation, claims, design, plots, sheets, summaries, tuning
from bench.separation.design import DEFAULT, MOTIONS, NUM_PROMPTS, SHOTS, Arm
from bench.separation.records import Record
from bench.separation.summaries import Cells, Summary

GROWTH_SHOTS = (1, 4, 16, 64)
GROWTH_SEEDS = (0,)


class Table(NamedTuple):
    """Arms that are compared over the cells in which all of them are measured."""

    title: str
    num_cells: int
    summary: Summary

    def __str__(self) -> str:
        head = f"{self.num_cells} cells of {NUM_PROMPTS} prompts, means with 95 % intervals over the cells."
        return f"## {self.title}\n\n{head}\n\n{summaries.table(self.summary)}"


def write(folder: Path, clips: Path, records: Iterable[Record], machine: str) -> str:
    """Write what the records allow into `folder`, contact sheets from `clips`; returns the text."""
    records = [*records]
    compared = summaries.by_arm(records, design.cells(MOTIONS, SHOTS, ablation.STUDY.seeds))
    tables = {
        name: Table(title, len(next(iter(cells.values()))), summaries.summarise(cells))
        for name, title, cells in _comparisons(records, compared)
    }
    verdicts = "## Claims\n\nEach over every cell of the ablation that has both of its arms.\n\n" + claims.verdicts(
        claims.judge(compared)
    )
    text = "\n\n".join([f"`python -m bench.separation report`, {machine}.", *map(str, tables.values()), verdicts])
    (folder / "tables.md").write_text(text + "\n")
    facts = {name: _facts(table) for name, table in tables.items()}
    (folder / "summary.json").write_text(json.dumps(facts, indent=1, allow_nan=False) + "\n")
    if "paper" in tables:
        plots.draw(folder / "leakage-fidelity.png", tables["paper"].summary)
    sheets.draw(folder, clips)
    return text


def _comparisons(records: Sequence[Record], compared: Cells) -> Iterator[tuple[str, str, Cells]]:
    """Name, title and cells of each that has two cells at least."""
    grown = summaries.by_arm(records, design.cells(MOTIONS, GROWTH_SHOTS, GROWTH_SEEDS))
    tuned = summaries.by_arm(records, design.cells(MOTIONS, SHOTS, tuning.STUDY.seeds))
    for name, title, cells in (
        ("paper", "The paper's ablation, and the default", _only(compared, ablation.PAPER_ARMS)),
        ("beyond", "Beyond the paper", _only(compared, ablation.BEYOND_ARMS)),
        ("growth", "The default, by its number of clips", summaries.by_shots(grown, DEFAULT, GROWTH_SHOTS)),
        ("tuning", "One setting changed at a time", _only(tuned, tuning.STUDY.arms)),
    ):
        whole = summaries.only_whole(cells)
        if whole and len(next(iter(whole.values()))) > 1:
            yield name, title, whole


def _only(cells: Cells, arms: Sequence[Arm]) -> Cells:
    return {arm.name: cells[arm.name] for arm in arms if arm.name in cells}


def _facts(table: Table) -> dict[str, object]:
    arms = {arm: {name: interval._asdict() for name, interval in of.items()} for arm, of in table.summary.items()}
    return {"cells": table.num_cells, "arms": arms}
