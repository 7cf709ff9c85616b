"""The plot of leakage against motion fidelity."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.separation.intervals import Interval
from bench.separation.summaries import Summary

_COLOURS = {
    "base model": "#777777",
    "motion-director": "#c0392b",
    "tap": "#7fb3d5",
    "tap-qk": "#2e86c1",
    "tap-release": "#1b4f72",
    "tap-qko": "#8e44ad",
    "default": "#1e8449",
    "motion-director, high noise": "#e59866",
}
_MARKERS = {"off": "o", "release": "s", "full": "^"}
_AXES = (
    ("leakage", "leakage (share of attributes that show the reference's)"),
    ("pull", "pull (colours' way to the reference's)"),
)


def draw(file: Path, summary: Summary) -> None:
    """Two panels, each arm a point with its 95 % intervals; hollow points are with PLI."""
    figure: Any = Figure(figsize=(13, 6), layout="constrained")
    for axes, (measure, label) in zip(figure.subplots(1, 2, sharey=True), _AXES, strict=True):
        for arm, found in summary.items():
            _point(axes, arm, found[measure], found["motion_fidelity"])
        axes.set_xlabel(label)
        axes.grid(alpha=0.3)
    figure.axes[0].set_ylabel("motion fidelity")
    figure.axes[1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(file, dpi=110)


def _point(axes: Any, arm: str, across: Interval, up: Interval) -> None:
    training, mode = _names(arm)
    axes.errorbar(
        across.mean, up.mean, xerr=_arms(across), yerr=_arms(up), label=arm, color=_COLOURS[training],
        marker=_MARKERS[mode], markerfacecolor="white" if "PLI" in arm else None, elinewidth=0.7, linestyle="none",
    )  # fmt: skip


def _names(arm: str) -> tuple[str, str]:
    if "AH" not in arm:
        return arm, "off"
    training, _, rest = arm.partition(", AH ")
    return training, rest.partition(",")[0]


def _arms(interval: Interval) -> Sequence[Sequence[float]]:
    return [[interval.mean - interval.low], [interval.high - interval.mean]]
