"""The claims of the paper and of the default recipe, tested on the cells."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from bench.separation import intervals
from bench.separation.design import DEFAULT, PLI, Arm
from bench.separation.intervals import Interval
from bench.separation.measures import Measures
from bench.separation.summaries import Cells, shared


class Claim(NamedTuple):
    """`better` minus `factor` times `worse`, in one measure: above zero if `rises`, else below, over the interval."""

    text: str
    measure: str
    better: Arm
    worse: Arm
    rises: bool
    factor: float = 1.0


_DIRECTOR = Arm("motion-director")
_RELEASE = Arm("tap-release", "release")
"""What the authors' code really trains, sampled as it samples."""


def _claims() -> Iterator[Claim]:
    for preset in ("tap", "tap-qk", "tap-release", "tap-qko"):
        plain = Arm(preset)
        yield Claim(f"{preset} pulls less than motion-director", "pull", plain, _DIRECTOR, rises=False)
        yield Claim(f"{preset} leaks less than motion-director", "leakage", plain, _DIRECTOR, rises=False)
        yield Claim(f"{preset} follows the text better", "text_alignment", plain, _DIRECTOR, rises=True)
        yield Claim(f"{preset} keeps the motion better", "motion_fidelity", plain, _DIRECTOR, rises=True)
    for mode in ("release", "full"):
        highway = Arm("tap-release", mode)
        yield Claim(
            f"AH {mode} on tap-release: text alignment rises", "text_alignment", highway, Arm("tap-release"), rises=True
        )
    phased = Arm("tap-release", "release", PLI)
    yield Claim("PLI on that: text alignment rises", "text_alignment", phased, _RELEASE, rises=True)
    yield Claim(
        "the default leaks at most half as much as motion-director",
        "leakage",
        DEFAULT,
        _DIRECTOR,
        rises=False,
        factor=0.5,
    )
    yield Claim("the default pulls at most half as much", "pull", DEFAULT, _DIRECTOR, rises=False, factor=0.5)
    yield Claim("the default's fidelity is higher", "motion_fidelity", DEFAULT, _DIRECTOR, rises=True)
    yield Claim("the default pulls less than the release's settings", "pull", DEFAULT, _RELEASE, rises=False)
    yield Claim("the default leaks less than the release's settings", "leakage", DEFAULT, _RELEASE, rises=False)
    yield Claim("the default's fidelity is higher than theirs", "motion_fidelity", DEFAULT, _RELEASE, rises=True)
    brief = Arm("motion-director", "off", PLI)
    yield Claim("the default pulls less than motion-director with PLI", "pull", DEFAULT, brief, rises=False)
    yield Claim("the default's fidelity is higher than that's", "motion_fidelity", DEFAULT, brief, rises=True)


CLAIMS = tuple(_claims())


class Verdict(NamedTuple):
    """A claim, both sides' means, the interval of their difference over cells, and what follows."""

    claim: Claim
    num_cells: int
    better: float
    worse: float
    difference: Interval

    @property
    def word(self) -> str:
        """Whether the whole interval is on the claimed side, on the other, or on both."""
        low, high = (
            (self.difference.low, self.difference.high)
            if self.claim.rises
            else (-self.difference.high, -self.difference.low)
        )
        return "holds" if low > 0 else "does not hold" if high < 0 else "undecided"


def judge(cells: Cells) -> list[Verdict]:
    """Each claim on the cells that have both arms, two at least: the same prompts, seeds and clips on both sides."""
    sides = [(claim, cells.get(claim.better.name, {}), cells.get(claim.worse.name, {})) for claim in CLAIMS]
    return [_judged(claim, better, worse) for claim, better, worse in sides if len(shared([better, worse])) > 1]


def _judged(claim: Claim, better: Mapping[str, Measures], worse: Mapping[str, Measures]) -> Verdict:
    both = shared([better, worse])
    left, right = (np.array([getattr(side[cell], claim.measure) for cell in both]) for side in (better, worse))
    difference = intervals.of((left - claim.factor * right).tolist())
    return Verdict(claim, len(both), float(left.mean()), float(right.mean()), difference)


def verdicts(judged: Iterable[Verdict]) -> str:
    """The claims as a Markdown table."""
    lines = ["| claim | measure | cells | means | difference | verdict |", "|---|---|---|---|---|---|"]
    for verdict in judged:
        claim, num_cells, better, worse, difference = verdict
        factor = "" if claim.factor == 1.0 else f" (to {claim.factor:g} of it)"
        measure, means = claim.measure.replace("_", " ") + factor, f"{better:.2f}, {worse:.2f}"
        lines.append(f"| {claim.text} | {measure} | {num_cells} | {means} | {difference} | {verdict.word} |")
    return "\n".join(lines)
