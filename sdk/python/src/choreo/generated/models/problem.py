from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

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

        d = dict(src_dict)
        type_ = d.pop("type")

        title = d.pop("title")

        status = d.pop("status")

        detail = d.pop("detail")

        code = d.pop("code")

        request_id = d.pop("request_id")

        retryable = d.pop("retryable")

        _errors = d.pop("errors", UNSET)
        errors: list[ProblemField] | Unset = UNSET
        if _errors is not UNSET:
            errors = []
            for errors_item_data in _errors:
                errors_item = ProblemField.from_dict(errors_item_data)

                errors.append(errors_item)

        violated_policies = cast(list[str], d.pop("violated_policies", UNSET))

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

        return problem
