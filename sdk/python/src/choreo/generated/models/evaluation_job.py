from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_state import JobState, check_job_state

if TYPE_CHECKING:
    from ..models.attempt import Attempt
    from ..models.deadlines import Deadlines
    from ..models.evaluation_job_metadata import EvaluationJobMetadata
    from ..models.evaluation_result import EvaluationResult
    from ..models.evaluation_spec import EvaluationSpec
    from ..models.job_error import JobError
    from ..models.job_urls import JobUrls
    from ..models.job_warning import JobWarning
    from ..models.progress import Progress
    from ..models.usage import Usage


T = TypeVar("T", bound="EvaluationJob")


@_attrs_define
class EvaluationJob:
    """An evaluation.

    Attributes:
        id (str): Id of the job.
        state (JobState): State of a job. `succeeded`, `failed` and `canceled` are final.
        state_seq (int): Number of the job's last change. It rises by one with every change and is the same in GET, in
            Server-Sent Events and in webhooks.
        attempt (int): Number of the current or last attempt; 0 before the first one.
        progress (Progress): Progress of the current attempt.
        queue_position (int | None): Number of jobs that start before it; null unless the job is queued.
        error (JobError | None): Reason of the failure; null unless it failed.
        warnings (list[JobWarning]): Reasons why the result may be poor although the request was accepted; empty without
            any.
        attempts (list[Attempt]): Every attempt, in order.
        deadlines (Deadlines): Deadlines of a job. A job that misses one fails with `start_by_missed` or
            `finish_by_missed`.
        usage (Usage): Resources that the job has used, summed over its attempts.
        metadata (EvaluationJobMetadata): Up to 16 key-value pairs of strings. The service stores them and returns them
            unchanged.
        priority (int): Priority among the tenant's own jobs, from -10 to 10.
        webhook_url (None | str): URL that receives this job's webhooks; null for none.
        retry_of (None | str): Id of the job that this one retries, or whose checkpoint it promotes; null for neither.
        delete_at (datetime.datetime | None): Time at which the job is deleted with its files; null before its end or if
            it is kept.
        created_at (datetime.datetime): Time at which it was created.
        not_before (datetime.datetime | None): Time before which the next attempt does not start; null unless the job
            waits after a failed one.
        started_at (datetime.datetime | None): Time at which the first attempt started; null before that.
        finished_at (datetime.datetime | None): Time at which the job reached a final state; null before that.
        urls (JobUrls): URLs of the job's endpoints.
        kind (Literal['evaluation']): Kind of the job.
        spec (EvaluationSpec): An evaluation with every default resolved.
        result (EvaluationResult | None): The metrics; null unless the evaluation succeeded.
    """

    id: str
    state: JobState
    state_seq: int
    attempt: int
    progress: Progress
    queue_position: int | None
    error: JobError | None
    warnings: list[JobWarning]
    attempts: list[Attempt]
    deadlines: Deadlines
    usage: Usage
    metadata: EvaluationJobMetadata
    priority: int
    webhook_url: None | str
    retry_of: None | str
    delete_at: datetime.datetime | None
    created_at: datetime.datetime
    not_before: datetime.datetime | None
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    urls: JobUrls
    kind: Literal["evaluation"]
    spec: EvaluationSpec
    result: EvaluationResult | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.evaluation_result import EvaluationResult  # noqa: PLC0415
        from ..models.job_error import JobError  # noqa: PLC0415

        id = self.id

        state: str = self.state

        state_seq = self.state_seq

        attempt = self.attempt

        progress = self.progress.to_dict()

        queue_position: int | None
        queue_position = self.queue_position

        error: dict[str, Any] | None
        if isinstance(self.error, JobError):
            error = self.error.to_dict()
        else:
            error = self.error

        warnings = []
        for warnings_item_data in self.warnings:
            warnings_item = warnings_item_data.to_dict()
            warnings.append(warnings_item)

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        deadlines = self.deadlines.to_dict()

        usage = self.usage.to_dict()

        metadata = self.metadata.to_dict()

        priority = self.priority

        webhook_url: None | str
        webhook_url = self.webhook_url

        retry_of: None | str
        retry_of = self.retry_of

        delete_at: None | str
        if isinstance(self.delete_at, datetime.datetime):
            delete_at = self.delete_at.isoformat()
        else:
            delete_at = self.delete_at

        created_at = self.created_at.isoformat()

        not_before: None | str
        if isinstance(self.not_before, datetime.datetime):
            not_before = self.not_before.isoformat()
        else:
            not_before = self.not_before

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        urls = self.urls.to_dict()

        kind = self.kind

        spec = self.spec.to_dict()

        result: dict[str, Any] | None
        if isinstance(self.result, EvaluationResult):
            result = self.result.to_dict()
        else:
            result = self.result

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "state_seq": state_seq,
                "attempt": attempt,
                "progress": progress,
                "queue_position": queue_position,
                "error": error,
                "warnings": warnings,
                "attempts": attempts,
                "deadlines": deadlines,
                "usage": usage,
                "metadata": metadata,
                "priority": priority,
                "webhook_url": webhook_url,
                "retry_of": retry_of,
                "delete_at": delete_at,
                "created_at": created_at,
                "not_before": not_before,
                "started_at": started_at,
                "finished_at": finished_at,
                "urls": urls,
                "kind": kind,
                "spec": spec,
                "result": result,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.attempt import Attempt  # noqa: PLC0415
        from ..models.deadlines import Deadlines  # noqa: PLC0415
        from ..models.evaluation_job_metadata import EvaluationJobMetadata  # noqa: PLC0415
        from ..models.evaluation_result import EvaluationResult  # noqa: PLC0415
        from ..models.evaluation_spec import EvaluationSpec  # noqa: PLC0415
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.job_urls import JobUrls  # noqa: PLC0415
        from ..models.job_warning import JobWarning  # noqa: PLC0415
        from ..models.progress import Progress  # noqa: PLC0415
        from ..models.usage import Usage  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        state = check_job_state(d.pop("state"))

        state_seq = d.pop("state_seq")
        if not isinstance(state_seq, int):
            raise TypeError(f"state_seq is {type(state_seq).__name__}")

        attempt = d.pop("attempt")
        if not isinstance(attempt, int):
            raise TypeError(f"attempt is {type(attempt).__name__}")

        progress = Progress.from_dict(d.pop("progress"))

        def _parse_queue_position(data: object) -> int | None:
            if data is None:
                return data
            queue_position_type_0 = data
            if not isinstance(queue_position_type_0, int):
                raise TypeError(f"queue_position_type_0 is {type(queue_position_type_0).__name__}")

            return queue_position_type_0

        queue_position = _parse_queue_position(d.pop("queue_position"))

        def _parse_error(data: object) -> JobError | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"error is {type(data).__name__}")
            error_type_0 = JobError.from_dict(data)

            return error_type_0

        error = _parse_error(d.pop("error"))

        warnings = []
        _warnings = d.pop("warnings")
        if not isinstance(_warnings, list):
            raise TypeError(f"warnings is {type(_warnings).__name__}")
        for warnings_item_data in _warnings:
            warnings_item = JobWarning.from_dict(warnings_item_data)

            warnings.append(warnings_item)

        attempts = []
        _attempts = d.pop("attempts")
        if not isinstance(_attempts, list):
            raise TypeError(f"attempts is {type(_attempts).__name__}")
        for attempts_item_data in _attempts:
            attempts_item = Attempt.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        deadlines = Deadlines.from_dict(d.pop("deadlines"))

        usage = Usage.from_dict(d.pop("usage"))

        metadata = EvaluationJobMetadata.from_dict(d.pop("metadata"))

        priority = d.pop("priority")
        if not isinstance(priority, int):
            raise TypeError(f"priority is {type(priority).__name__}")

        def _parse_webhook_url(data: object) -> None | str:
            if data is None:
                return data
            webhook_url_type_0 = data
            if not isinstance(webhook_url_type_0, str):
                raise TypeError(f"webhook_url_type_0 is {type(webhook_url_type_0).__name__}")

            return webhook_url_type_0

        webhook_url = _parse_webhook_url(d.pop("webhook_url"))

        def _parse_retry_of(data: object) -> None | str:
            if data is None:
                return data
            retry_of_type_0 = data
            if not isinstance(retry_of_type_0, str):
                raise TypeError(f"retry_of_type_0 is {type(retry_of_type_0).__name__}")

            return retry_of_type_0

        retry_of = _parse_retry_of(d.pop("retry_of"))

        def _parse_delete_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"delete_at is {type(data).__name__}")
            delete_at_type_0 = datetime.datetime.fromisoformat(data)

            return delete_at_type_0

        delete_at = _parse_delete_at(d.pop("delete_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_not_before(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"not_before is {type(data).__name__}")
            not_before_type_0 = datetime.datetime.fromisoformat(data)

            return not_before_type_0

        not_before = _parse_not_before(d.pop("not_before"))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"started_at is {type(data).__name__}")
            started_at_type_0 = datetime.datetime.fromisoformat(data)

            return started_at_type_0

        started_at = _parse_started_at(d.pop("started_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"finished_at is {type(data).__name__}")
            finished_at_type_0 = datetime.datetime.fromisoformat(data)

            return finished_at_type_0

        finished_at = _parse_finished_at(d.pop("finished_at"))

        urls = JobUrls.from_dict(d.pop("urls"))

        kind = cast(Literal["evaluation"], d.pop("kind"))
        if kind != "evaluation":
            raise ValueError(f"kind must match const 'evaluation', got '{kind}'")

        spec = EvaluationSpec.from_dict(d.pop("spec"))

        def _parse_result(data: object) -> EvaluationResult | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"result is {type(data).__name__}")
            result_type_0 = EvaluationResult.from_dict(data)

            return result_type_0

        result = _parse_result(d.pop("result"))

        evaluation_job = cls(
            id=id,
            state=state,
            state_seq=state_seq,
            attempt=attempt,
            progress=progress,
            queue_position=queue_position,
            error=error,
            warnings=warnings,
            attempts=attempts,
            deadlines=deadlines,
            usage=usage,
            metadata=metadata,
            priority=priority,
            webhook_url=webhook_url,
            retry_of=retry_of,
            delete_at=delete_at,
            created_at=created_at,
            not_before=not_before,
            started_at=started_at,
            finished_at=finished_at,
            urls=urls,
            kind=kind,
            spec=spec,
            result=result,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        evaluation_job.additional_properties = additional_properties
        return evaluation_job

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
