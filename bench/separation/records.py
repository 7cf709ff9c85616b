"""What units have measured, one JSON line each: a run that was stopped goes on where it was."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.separation.design import NUM_PROMPTS, NUM_TAKES
from bench.separation.generation import Performed, Unit, resolve
from bench.separation.measures import Measures
from shared.base_models import BaseModelInfo


class Record(NamedTuple):
    """One unit's line."""

    key: str
    fingerprint: str
    cell: str
    measures: dict[str, Measures]
    recipe: dict[str, Any] | None
    losses: list[float]


def fingerprint(unit: Unit, info: BaseModelInfo, base_hash: str) -> str:
    """Changes with whatever a unit depends on, but for the code; a new option left at its default changes nothing."""
    recipe = resolve(info, unit.teaching, unit.cell.seed) if unit.teaching else None
    stated = recipe.model_dump(mode="json", exclude_defaults=True) if recipe else None
    facts = [unit.key, stated, unit.arms, info.generation, NUM_TAKES, NUM_PROMPTS, base_hash]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def read(file: Path) -> dict[str, Record]:
    """Every unit's last record, by the unit's key; none when there is no file yet."""
    return {record.key: record for record in _lines(file)} if file.is_file() else {}


def _lines(file: Path) -> Iterator[Record]:
    for line in file.read_text().splitlines():
        record = Record(**json.loads(line))
        yield record._replace(measures={arm: Measures(*found) for arm, found in record.measures.items()})


def add(file: Path, unit: Unit, mark: str, performed: Performed) -> None:
    """Append what a unit has measured."""
    measures = {arm: Measures(*(round(value, 4) for value in found)) for arm, found in performed.measures.items()}
    losses = [round(loss, 3) for loss in performed.losses[:: max(1, len(performed.losses) // 10)]]
    record = Record(unit.key, mark, unit.cell.key, measures, performed.recipe, losses)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(record._asdict()) + "\n")
