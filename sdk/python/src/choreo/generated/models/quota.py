from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

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
        field_dict.update(self.additional_properties)
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
        d = {**src_dict}
        policy = check_quota_policy(d.pop("policy"))

        def _parse_limit(data: object) -> float | None:
            if data is None:
                return data
            limit_type_0 = data
            if not isinstance(limit_type_0, int | float):
                raise TypeError(f"limit_type_0 is {type(limit_type_0).__name__}")

            return limit_type_0

        limit = _parse_limit(d.pop("limit"))

        used = d.pop("used")
        if not isinstance(used, int | float):
            raise TypeError(f"used is {type(used).__name__}")

        def _parse_resets_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            if not isinstance(data, str):
                raise TypeError(f"resets_at is {type(data).__name__}")
            resets_at_type_0 = datetime.datetime.fromisoformat(data)

            return resets_at_type_0

        resets_at = _parse_resets_at(d.pop("resets_at"))

        quota = cls(
            policy=policy,
            limit=limit,
            used=used,
            resets_at=resets_at,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        quota.additional_properties = additional_properties
        return quota

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
