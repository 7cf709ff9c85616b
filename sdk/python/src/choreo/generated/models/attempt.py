from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.attempt_outcome import AttemptOutcome, check_attempt_outcome

if TYPE_CHECKING:
    from ..models.job_error import JobError
    from ..models.refused_write import RefusedWrite


T = TypeVar("T", bound="Attempt")


@_attrs_define
class Attempt:
    """One execution of the job by a worker.

    Attributes:
        number (int): Number of the attempt, from 1.
        worker (str): Name of the worker.
        started_at (datetime.datetime): Time at which the worker claimed the job.
        ended_at (datetime.datetime | None): Time of its end; null while it runs.
        outcome (AttemptOutcome): Result of the attempt. `lost`: the worker stopped renewing its lease.
        error (JobError | None): Reason of the failure; null unless it failed.
        resumed_from_step (int | None): Step of the checkpoint that the attempt resumed from; null if it started from
            the beginning.
        refused_writes (list[RefusedWrite]): Writes that were refused because another attempt owned the job.
    """

    number: int
    worker: str
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    outcome: AttemptOutcome
    error: JobError | None
    resumed_from_step: int | None
    refused_writes: list[RefusedWrite]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_error import JobError  # noqa: PLC0415

        number = self.number

        worker = self.worker

        started_at = self.started_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        outcome: str = self.outcome

        error: dict[str, Any] | None
        if isinstance(self.error, JobError):
            error = self.error.to_dict()
        else:
            error = self.error

        resumed_from_step: int | None
        resumed_from_step = self.resumed_from_step

        refused_writes = []
        for refused_writes_item_data in self.refused_writes:
            refused_writes_item = refused_writes_item_data.to_dict()
            refused_writes.append(refused_writes_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "worker": worker,
                "started_at": started_at,
                "ended_at": ended_at,
                "outcome": outcome,
                "error": error,
                "resumed_from_step": resumed_from_step,
                "refused_writes": refused_writes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.refused_write import RefusedWrite  # noqa: PLC0415

        d = {**src_dict}
        number = d.pop("number")
        if not isinstance(number, int):
            raise TypeError(f"number is {type(number).__name__}")

        worker = d.pop("worker")
        if not isinstance(worker, str):
            raise TypeError(f"worker is {type(worker).__name__}")

        started_at = datetime.datetime.fromisoformat(d.pop("started_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"ended_at is {type(data).__name__}")
            ended_at_type_0 = datetime.datetime.fromisoformat(data)

            return ended_at_type_0

        ended_at = _parse_ended_at(d.pop("ended_at"))

        outcome = check_attempt_outcome(d.pop("outcome"))

        def _parse_error(data: object) -> JobError | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"error is {type(data).__name__}")
            error_type_0 = JobError.from_dict(data)

            return error_type_0

        error = _parse_error(d.pop("error"))

        def _parse_resumed_from_step(data: object) -> int | None:
            if data is None:
                return data
            resumed_from_step_type_0 = data
            if not isinstance(resumed_from_step_type_0, int):
                raise TypeError(f"resumed_from_step_type_0 is {type(resumed_from_step_type_0).__name__}")

            return resumed_from_step_type_0

        resumed_from_step = _parse_resumed_from_step(d.pop("resumed_from_step"))

        refused_writes = []
        _refused_writes = d.pop("refused_writes")
        if not isinstance(_refused_writes, list):
            raise TypeError(f"refused_writes is {type(_refused_writes).__name__}")
        for refused_writes_item_data in _refused_writes:
            refused_writes_item = RefusedWrite.from_dict(refused_writes_item_data)

            refused_writes.append(refused_writes_item)

        attempt = cls(
            number=number,
            worker=worker,
            started_at=started_at,
            ended_at=ended_at,
            outcome=outcome,
            error=error,
            resumed_from_step=resumed_from_step,
            refused_writes=refused_writes,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        attempt.additional_properties = additional_properties
        return attempt

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
