from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.job_event_data_kind import JobEventDataKind, check_job_event_data_kind
from ..models.job_state import JobState, check_job_state

if TYPE_CHECKING:
    from ..models.job_error import JobError
    from ..models.job_event_data_metadata import JobEventDataMetadata


T = TypeVar("T", bound="JobEventData")


@_attrs_define
class JobEventData:
    """`data` of `training.*`, `generation.*` and `evaluation.*`: a summary of the job.

    Attributes:
        id (str): Id of the job.
        kind (JobEventDataKind): Kind of the job.
        state (JobState): State of a job. `succeeded`, `failed` and `canceled` are final.
        state_seq (int): Number of the job's last change. It rises by one with every change and is the same in GET, in
            Server-Sent Events and in webhooks.
        attempt (int): Number of the current or last attempt; 0 before the first one.
        concept_id (None | str): Id of the job's concept; null without one.
        version (int | None): Version of the concept: the one that a succeeded training made, or that the job uses; null
            without one.
        error (JobError | None): Reason of the failure; null unless it failed.
        metadata (JobEventDataMetadata): Up to 16 key-value pairs of strings. The service stores them and returns them
            unchanged.
        created_at (datetime.datetime): Time at which it was created.
    """

    id: str
    kind: JobEventDataKind
    state: JobState
    state_seq: int
    attempt: int
    concept_id: None | str
    version: int | None
    error: JobError | None
    metadata: JobEventDataMetadata
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_error import JobError  # noqa: PLC0415

        id = self.id

        kind: str = self.kind

        state: str = self.state

        state_seq = self.state_seq

        attempt = self.attempt

        concept_id: None | str
        concept_id = self.concept_id

        version: int | None
        version = self.version

        error: dict[str, Any] | None
        if isinstance(self.error, JobError):
            error = self.error.to_dict()
        else:
            error = self.error

        metadata = self.metadata.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "state": state,
                "state_seq": state_seq,
                "attempt": attempt,
                "concept_id": concept_id,
                "version": version,
                "error": error,
                "metadata": metadata,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.job_event_data_metadata import JobEventDataMetadata  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        kind = check_job_event_data_kind(d.pop("kind"))

        state = check_job_state(d.pop("state"))

        state_seq = d.pop("state_seq")
        if not isinstance(state_seq, int):
            raise TypeError(f"state_seq is {type(state_seq).__name__}")

        attempt = d.pop("attempt")
        if not isinstance(attempt, int):
            raise TypeError(f"attempt is {type(attempt).__name__}")

        def _parse_concept_id(data: object) -> None | str:
            if data is None:
                return data
            concept_id_type_0 = data
            if not isinstance(concept_id_type_0, str):
                raise TypeError(f"concept_id_type_0 is {type(concept_id_type_0).__name__}")

            return concept_id_type_0

        concept_id = _parse_concept_id(d.pop("concept_id"))

        def _parse_version(data: object) -> int | None:
            if data is None:
                return data
            version_type_0 = data
            if not isinstance(version_type_0, int):
                raise TypeError(f"version_type_0 is {type(version_type_0).__name__}")

            return version_type_0

        version = _parse_version(d.pop("version"))

        def _parse_error(data: object) -> JobError | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"error is {type(data).__name__}")
            error_type_0 = JobError.from_dict(data)

            return error_type_0

        error = _parse_error(d.pop("error"))

        metadata = JobEventDataMetadata.from_dict(d.pop("metadata"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        job_event_data = cls(
            id=id,
            kind=kind,
            state=state,
            state_seq=state_seq,
            attempt=attempt,
            concept_id=concept_id,
            version=version,
            error=error,
            metadata=metadata,
            created_at=created_at,
        )

        return job_event_data
