"""The report of a run: figures and one line."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import NamedTuple

from services.db.tables import AttemptRow
from tests.chaos.auditor import Findings

PUZZLES = frozenset({"internal", "worker_failed"})
"""Errors that no fault of a plan should lead to."""


class Takeover(NamedTuple):
    """Times of a takeover, in seconds after the kill."""

    noticed: float
    """Until the record knew."""
    running: float
    """Until the job ran again, a wait for a free worker included."""
    heir_was_idle: bool
    """Whether the worker that took it had done a job before the kill, and did none from then on."""


def takeovers(attempts: list[AttemptRow], kills: list[tuple[datetime, str]]) -> Iterator[Takeover]:
    """Each kill that hit a job which then ran again."""
    by_number = {(one.job_id, one.number): one for one in attempts}
    for at, worker in kills:
        for hit in attempts:
            ended = hit.ended_at or at
            heir = by_number.get((hit.job_id, hit.number + 1))
            was_hit = hit.worker.startswith(worker) and hit.started_at <= at <= ended
            if was_hit and heir and hit.outcome in ("lost", "failed"):
                idle = _was_idle(attempts, heir, since=at)
                yield Takeover((ended - at).total_seconds(), (heir.started_at - at).total_seconds(), idle)


def _was_idle(attempts: list[AttemptRow], heir: AttemptRow, since: datetime) -> bool:
    ends = [one.ended_at for one in attempts if one.worker == heir.worker and one.started_at < heir.started_at]
    return bool(ends) and all(end is not None and end < since for end in ends)


@dataclass
class Report:
    """The results of a run."""

    findings: Findings
    num_jobs: int
    states: Counter[str]
    faults: Counter[str]
    takeovers: list[Takeover]
    refusals: list[str]
    """Answers that no caller should ever get."""
    num_submitted: int
    outcomes: Counter[str]
    errors: Counter[str]
    num_refused_writes: int
    ends: dict[str, list[int]]
    """With which statuses, or signals, each program's lives ended."""

    @property
    def line(self) -> str:
        """The one line that a run ends with."""
        running = [one.running for one in self.takeovers]
        p50, longest = (median(running), max(running)) if running else (0.0, 0.0)
        return (
            f"lost {len(self.findings.lost)} doubled {len(self.findings.doubled)} jobs {self.num_jobs} "
            f"faults {sum(self.faults.values())} takeover_p50 {p50:.1f} takeover_max {longest:.1f}"
        )

    @property
    def is_clean(self) -> bool:
        """Whether every guarantee held."""
        return not self.findings.lines and not self.refusals

    @property
    def is_puzzling(self) -> bool:
        """Whether the logs must be read: a guarantee was violated, or a job failed without an injected fault."""
        return not self.is_clean or not PUZZLES.isdisjoint(self.errors)
