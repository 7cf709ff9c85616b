from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PreviewRequest")


@_attrs_define
class PreviewRequest:
    """Request for a preview of a running training.

    Attributes:
        prompt (None | str | Unset): Text prompt. Default: the first prompt of the training's evaluation.
        seed (int | None | Unset): Seed of the initial noise. Default: the training's seed, so that previews can be
            compared.
    """

    prompt: None | str | Unset = UNSET
    seed: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        prompt: None | str | Unset
        if isinstance(self.prompt, Unset):
            prompt = UNSET
        else:
            prompt = self.prompt

        seed: int | None | Unset
        if isinstance(self.seed, Unset):
            seed = UNSET
        else:
            seed = self.seed

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if seed is not UNSET:
            field_dict["seed"] = seed

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = {**src_dict}

        def _parse_prompt(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            prompt_type_0 = data
            if not isinstance(prompt_type_0, str):
                raise TypeError(f"prompt_type_0 is {type(prompt_type_0).__name__}")

            return prompt_type_0

        prompt = _parse_prompt(d.pop("prompt", UNSET))

        def _parse_seed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            seed_type_0 = data
            if not isinstance(seed_type_0, int):
                raise TypeError(f"seed_type_0 is {type(seed_type_0).__name__}")

            return seed_type_0

        seed = _parse_seed(d.pop("seed", UNSET))

        preview_request = cls(
            prompt=prompt,
            seed=seed,
        )

        return preview_request
