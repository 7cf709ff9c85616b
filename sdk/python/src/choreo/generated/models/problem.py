from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.problem_field import ProblemField


T = TypeVar("T", bound="Problem")


@_attrs_define
class Problem:
    """An error response (RFC 9457).

    Attributes:
        type_ (str): `urn:choreo:problem:` and the code.
        title (str): Short text for people. It depends on the code only.
        status (int): HTTP status code.
        detail (str): Text for people about this occurrence. It may change.
        code (str): Stable error code (docs/errors.md).
        request_id (str): Id of the request, as in the header `X-Request-Id`. Quote it to the operator.
        retryable (bool): Whether the same request may succeed later.
        errors (list[ProblemField] | Unset): An entry for each field that is wrong.
        violated_policies (list[str] | Unset): Limits that the request would exceed: `requests`, or names of quotas.
    """

    type_: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    retryable: bool
    errors: list[ProblemField] | Unset = UNSET
    violated_policies: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        title = self.title

        status = self.status

        detail = self.detail

        code = self.code

        request_id = self.request_id

        retryable = self.retryable

        errors: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = []
            for errors_item_data in self.errors:
                errors_item = errors_item_data.to_dict()
                errors.append(errors_item)

        violated_policies: list[str] | Unset = UNSET
        if not isinstance(self.violated_policies, Unset):
            violated_policies = self.violated_policies

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "title": title,
                "status": status,
                "detail": detail,
                "code": code,
                "request_id": request_id,
                "retryable": retryable,
            }
        )
        if errors is not UNSET:
            field_dict["errors"] = errors
        if violated_policies is not UNSET:
            field_dict["violated_policies"] = violated_policies

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.problem_field import ProblemField  # noqa: PLC0415

        d = {**src_dict}
        type_ = d.pop("type")
        if not isinstance(type_, str):
            raise TypeError(f"type is {type(type_).__name__}")

        title = d.pop("title")
        if not isinstance(title, str):
            raise TypeError(f"title is {type(title).__name__}")

        status = d.pop("status")
        if not isinstance(status, int):
            raise TypeError(f"status is {type(status).__name__}")

        detail = d.pop("detail")
        if not isinstance(detail, str):
            raise TypeError(f"detail is {type(detail).__name__}")

        code = d.pop("code")
        if not isinstance(code, str):
            raise TypeError(f"code is {type(code).__name__}")

        request_id = d.pop("request_id")
        if not isinstance(request_id, str):
            raise TypeError(f"request_id is {type(request_id).__name__}")

        retryable = d.pop("retryable")
        if not isinstance(retryable, bool):
            raise TypeError(f"retryable is {type(retryable).__name__}")

        _errors = d.pop("errors", UNSET)
        errors: list[ProblemField] | Unset = UNSET
        if not isinstance(_errors, Unset):
            if not isinstance(_errors, list):
                raise TypeError(f"errors is {type(_errors).__name__}")
            errors = []
            for errors_item_data in _errors:
                errors_item = ProblemField.from_dict(errors_item_data)

                errors.append(errors_item)

        _violated_policies = d.pop("violated_policies", UNSET)
        violated_policies: list[str] | Unset = UNSET
        if not isinstance(_violated_policies, Unset):
            if not isinstance(_violated_policies, list):
                raise TypeError(f"violated_policies is {type(_violated_policies).__name__}")
            violated_policies = []
            for violated_policies_item_data in _violated_policies:
                violated_policies_item = violated_policies_item_data
                if not isinstance(violated_policies_item, str):
                    raise TypeError(f"violated_policies_item is {type(violated_policies_item).__name__}")

                violated_policies.append(violated_policies_item)

        problem = cls(
            type_=type_,
            title=title,
            status=status,
            detail=detail,
            code=code,
            request_id=request_id,
            retryable=retryable,
            errors=errors,
            violated_policies=violated_policies,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        problem.additional_properties = additional_properties
        return problem

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
