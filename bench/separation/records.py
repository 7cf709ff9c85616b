"""Results of units, one JSON line each, so that an interrupted run can be resumed."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.separation.design import NUM_PROMPTS, NUM_REFERENCE_CLIPS
from bench.separation.generation import Unit, UnitResult, resolve
from bench.separation.measures import Measures
from shared.base_models import BaseModelInfo


class Record(NamedTuple):
    """The result of one unit."""

    key: str
    fingerprint: str
    cell: str
    measures: dict[str, Measures]
    recipe: dict[str, Any] | None
    losses: list[float]


def fingerprint(unit: Unit, info: BaseModelInfo, base_hash: str) -> str:
    """A hash of everything that a unit depends on except the code. New options at their defaults do not change it."""
    recipe = resolve(info, unit.training, unit.cell.seed) if unit.training else None
    stated = recipe.model_dump(mode="json", exclude_defaults=True) if recipe else None
    inputs = [unit.key, stated, unit.arms, info.generation, NUM_REFERENCE_CLIPS, NUM_PROMPTS, base_hash]
    return hashlib.sha256(json.dumps(inputs, allow_nan=False).encode()).hexdigest()[:16]


def read(file: Path) -> dict[str, Record]:
    """The last record of each unit, by key."""
    return {record.key: record for record in _lines(file)} if file.is_file() else {}


def _lines(file: Path) -> Iterator[Record]:
    for line in file.read_text().splitlines():
        record = Record(**json.loads(line))
        yield record._replace(measures={arm: Measures(*found) for arm, found in record.measures.items()})


def add(file: Path, unit: Unit, fingerprint: str, result: UnitResult) -> None:
    """Append the result of a unit."""
    measures = {arm: Measures(*(round(value, 4) for value in found)) for arm, found in result.measures.items()}
    losses = [round(loss, 3) for loss in result.losses[:: max(1, len(result.losses) // 10)]]
    record = Record(unit.key, fingerprint, unit.cell.key, measures, result.recipe, losses)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lines:
        lines.write(json.dumps(record._asdict(), allow_nan=False) + "\n")
