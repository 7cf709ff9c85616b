from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AliasPut")


@_attrs_define
class AliasPut:
    """Request to point an alias at a version, by compare-and-set.

    Attributes:
        version (int): Number of the version.
        expected_version (int | None | Unset): Version that the alias names now; another one is an error. Null for a new
            alias.
        force (bool | Unset): Whether to ignore the concept's quality gate. Default: False.
    """

    version: int
    expected_version: int | None | Unset = UNSET
    force: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        expected_version: int | None | Unset
        if isinstance(self.expected_version, Unset):
            expected_version = UNSET
        else:
            expected_version = self.expected_version

        force = self.force

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "version": version,
            }
        )
        if expected_version is not UNSET:
            field_dict["expected_version"] = expected_version
        if force is not UNSET:
            field_dict["force"] = force

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}
        version = d.pop("version")
        if not isinstance(version, int):
            raise TypeError(f"version is {type(version).__name__}")

        def _parse_expected_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            expected_version_type_0 = data
            if not isinstance(expected_version_type_0, int):
                raise TypeError(f"expected_version_type_0 is {type(expected_version_type_0).__name__}")

            return expected_version_type_0

        expected_version = _parse_expected_version(d.pop("expected_version", UNSET))

        force = d.pop("force", UNSET)
        if not isinstance(force, bool | Unset):
            raise TypeError(f"force is {type(force).__name__}")

        alias_put = cls(
            version=version,
            expected_version=expected_version,
            force=force,
        )

        return alias_put
