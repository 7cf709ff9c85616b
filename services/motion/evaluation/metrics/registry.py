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
"""The reason of an empty column that compares with reference clips."""


class EvaluationInput(NamedTuple):
    """The generated clips, their prompts, and segments of the reference clips with the same length and size.

    `captions` are those of the reference clips.
    `base_BFHWX` holds the base model's clips for the same prompts and seeds; None while those are measured.
    """

    prompts: Sequence[str]
    clips_BFHWX: Frames
    references_FHWX: Sequence[Frames] = ()
    captions: Sequence[str] = ()
    base_BFHWX: Frames | None = None


class Column(NamedTuple):
    """One metric: a value for each clip, None where it has none; or, `together`, one value for all clips.

    `how` names the method, `reason` says why values are missing.
    """

    name: str
    how: str
    values: Values
    reason: str = ""
    together: bool = False

    @property
    def mean(self) -> float | None:
        """The mean over the clips with a value; None without any."""
        found = [value for value in self.values if value is not None]
        return float(np.mean(found)) if found else None


class Metric(Protocol):
    """The metric protocol."""

    name: str

    def measure(self, evaluation_input: EvaluationInput) -> list[Column]:
        """The columns of this metric; a column without values has a reason."""
        ...


def fill(metrics: Sequence[Metric], evaluation_input: EvaluationInput) -> list[Column]:
    """All columns. If several metrics measure the same quantity, the first one with a value gets its plain name.

    The names of the others have a suffix: `leakage` is exact, `leakage_clip` is CLIP's estimate.
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
