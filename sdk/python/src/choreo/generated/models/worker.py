from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

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
        field_dict.update(self.additional_properties)
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
        d = {**src_dict}
        name = d.pop("name")
        if not isinstance(name, str):
            raise TypeError(f"name is {type(name).__name__}")

        state = check_worker_state(d.pop("state"))

        queues = []
        _queues = d.pop("queues")
        if not isinstance(_queues, list):
            raise TypeError(f"queues is {type(_queues).__name__}")
        for queues_item_data in _queues:
            queues_item = queues_item_data
            if not isinstance(queues_item, str):
                raise TypeError(f"queues_item is {type(queues_item).__name__}")

            queues.append(queues_item)

        def _parse_drain(data: object) -> Drain | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"drain is {type(data).__name__}")
            drain_type_0 = check_drain(data)

            return drain_type_0

        drain = _parse_drain(d.pop("drain"))

        def _parse_job_id(data: object) -> None | str:
            if data is None:
                return data
            job_id_type_0 = data
            if not isinstance(job_id_type_0, str):
                raise TypeError(f"job_id_type_0 is {type(job_id_type_0).__name__}")

            return job_id_type_0

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

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        worker.additional_properties = additional_properties
        return worker

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
