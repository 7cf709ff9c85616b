"""The metric protocol and the report: each metric fills columns from the same evaluation input.

Suffixes: B clips, F frames, H height, W width, X colour.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Values = Sequence[float | None]

NO_REFERENCE = "no reference clip is there to compare with"
"""Why a column that compares with the reference clips is empty when there are none."""


class EvaluationInput(NamedTuple):
    """What is measured: clips, the prompt of each, and moments of the reference clips, as long and as large.

    `captions` are what the reference clips are said to show.
    `plain_BFHWX` is what the plain base made of the same prompts and seeds; None while that is measured itself.
    """

    prompts: Sequence[str]
    clips_BFHWX: Frames
    references_FHWX: Sequence[Frames] = ()
    captions: Sequence[str] = ()
    plain_BFHWX: Frames | None = None


class Column(NamedTuple):
    """One metric: a value for each clip, None where it has none; or, `together`, one value for all clips.

    `how` says what measured it, `reason` why values are missing.
    """

    name: str
    how: str
    values: Values
    reason: str = ""
    together: bool = False

    @property
    def mean(self) -> float | None:
        """Over the clips that have a value; None when none has."""
        found = [value for value in self.values if value is not None]
        return float(np.mean(found)) if found else None


class Metric(Protocol):
    """Something that measures clips."""

    name: str

    def measure(self, evaluation_input: EvaluationInput) -> list[Column]:
        """The columns that it can fill, those without a value with their reason."""
        ...


def fill(metrics: Sequence[Metric], evaluation_input: EvaluationInput) -> list[Column]:
    """All columns. Where several metrics measure one thing, the first that has a value gives it its name.

    The others' carry the instrument's name too: `leakage` is exact, `leakage_clip` is CLIP's estimate of it.
    """
    columns: dict[str, Column] = {}
    for instrument in metrics:
        for column in instrument.measure(evaluation_input):
            known = columns.get(column.name)
            if known is None or known.mean is None:
                columns[column.name] = column
            elif column.mean is not None:
                name = f"{column.name}_{instrument.name}"
                columns[name] = column._replace(name=name)
    return list(columns.values())
