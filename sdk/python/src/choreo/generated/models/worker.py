from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.drain import Drain, check_drain
from ..models.worker_state import WorkerState, check_worker_state

T = TypeVar("T", bound="Worker")


@_attrs_define
class Worker:
    """A worker: an engine process that runs one job at a time.

    Attributes:
        name (str): Name of the worker. It is new with every start.
        state (WorkerState): State of a worker: `idle`: no job; `working`: runs a job; `draining`: runs its last job;
            `drained`: no job, and
            takes none; `silent`: has not reported for 30 seconds.
        queues (list[str]): Queues that it serves.
        drain (Drain | None): How it is requested to stop taking jobs; null while it takes jobs.
        job_id (None | str): Id of the job that it runs; null for none.
        started_at (datetime.datetime): Time of its start.
        seen_at (datetime.datetime): Time of its last report.
    """

    name: str
    state: WorkerState
    queues: list[str]
    drain: Drain | None
    job_id: None | str
    started_at: datetime.datetime
    seen_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        state: str = self.state

        queues = self.queues

        drain: None | str
        if isinstance(self.drain, str):
            drain = self.drain
        else:
            drain = self.drain

        job_id: None | str
        job_id = self.job_id

        started_at = self.started_at.isoformat()

        seen_at = self.seen_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "state": state,
                "queues": queues,
                "drain": drain,
                "job_id": job_id,
                "started_at": started_at,
                "seen_at": seen_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        state = check_worker_state(d.pop("state"))

        queues = cast(list[str], d.pop("queues"))

        def _parse_drain(data: object) -> Drain | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                drain_type_0 = check_drain(data)

                return drain_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Drain | None, data)

        drain = _parse_drain(d.pop("drain"))

        def _parse_job_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        job_id = _parse_job_id(d.pop("job_id"))

        started_at = datetime.datetime.fromisoformat(d.pop("started_at"))

        seen_at = datetime.datetime.fromisoformat(d.pop("seen_at"))

        worker = cls(
            name=name,
            state=state,
            queues=queues,
            drain=drain,
            job_id=job_id,
            started_at=started_at,
            seen_at=seen_at,
        )

        return worker
