from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.artifact import Artifact


T = TypeVar("T", bound="GenerationResult")


@_attrs_define
class GenerationResult:
    """Result of a generation: a video.

    Attributes:
        video (Artifact): A file in object storage. Each GET of the resource signs a new URL.
        artifacts (list[Artifact]): All files of the result.
    """

    video: Artifact
    artifacts: list[Artifact]

    def to_dict(self) -> dict[str, Any]:
        video = self.video.to_dict()

        artifacts = []
        for artifacts_item_data in self.artifacts:
            artifacts_item = artifacts_item_data.to_dict()
            artifacts.append(artifacts_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "video": video,
                "artifacts": artifacts,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.artifact import Artifact  # noqa: PLC0415

        d = dict(src_dict)
        video = Artifact.from_dict(d.pop("video"))

        artifacts = []
        _artifacts = d.pop("artifacts")
        for artifacts_item_data in _artifacts:
            artifacts_item = Artifact.from_dict(artifacts_item_data)

            artifacts.append(artifacts_item)

        generation_result = cls(
            video=video,
            artifacts=artifacts,
        )

        return generation_result
