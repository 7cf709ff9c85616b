from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.quota_policy import QuotaPolicy, check_quota_policy

T = TypeVar("T", bound="Quota")


@_attrs_define
class Quota:
    """The state of one quota.

    Attributes:
        policy (QuotaPolicy): Name of the limit.
        limit (float | None): Greatest allowed value; null for unlimited.
        used (float): Current value.
        resets_at (datetime.datetime | None): Time at which `used` returns to 0; null for a quota without a period.
    """

    policy: QuotaPolicy
    limit: float | None
    used: float
    resets_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        policy: str = self.policy

        limit: float | None
        limit = self.limit

        used = self.used

        resets_at: None | str
        if isinstance(self.resets_at, datetime.datetime):
            resets_at = self.resets_at.isoformat()
        else:
            resets_at = self.resets_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "policy": policy,
                "limit": limit,
                "used": used,
                "resets_at": resets_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        policy = check_quota_policy(d.pop("policy"))

        def _parse_limit(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        limit = _parse_limit(d.pop("limit"))

        used = d.pop("used")

        def _parse_resets_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resets_at_type_0 = datetime.datetime.fromisoformat(data)

                return resets_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        resets_at = _parse_resets_at(d.pop("resets_at"))

        quota = cls(
            policy=policy,
            limit=limit,
            used=used,
            resets_at=resets_at,
        )

        return quota
