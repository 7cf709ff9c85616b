from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.clip_state import ClipState, check_clip_state
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.clip_rejection import ClipRejection
    from ..models.upload import Upload


T = TypeVar("T", bound="Clip")


@_attrs_define
class Clip:
    """A reference clip. Frames, size and duration are those of the canonical video; null before it is ready.

    Attributes:
        id (str): Id of the clip.
        state (ClipState): State of a clip: `awaiting_upload`, `processing` while it is examined, then `ready` or
            `rejected`.
        file_name (str): Name of the file, for people.
        size_bytes (int): Size of the file in bytes; before a file is fetched from a URL, the greatest size.
        sha256 (None | str): SHA-256 of the file, in hexadecimal; null before it is known.
        num_frames (int | None): Number of frames.
        fps (float | None): Frame rate in frames a second.
        width (int | None): Width in pixels.
        height (int | None): Height in pixels.
        duration_seconds (float | None): Duration in seconds.
        thumbnail_url (None | str): Presigned URL of a thumbnail (JPEG); null before the clip is ready.
        rejection (ClipRejection | None): Reason of the rejection; null unless the clip is rejected.
        created_at (datetime.datetime): Time at which it was created.
        upload (None | Unset | Upload): Where and how to upload the file; only in the response to the declaration.
    """

    id: str
    state: ClipState
    file_name: str
    size_bytes: int
    sha256: None | str
    num_frames: int | None
    fps: float | None
    width: int | None
    height: int | None
    duration_seconds: float | None
    thumbnail_url: None | str
    rejection: ClipRejection | None
    created_at: datetime.datetime
    upload: None | Unset | Upload = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.clip_rejection import ClipRejection  # noqa: PLC0415
        from ..models.upload import Upload  # noqa: PLC0415

        id = self.id

        state: str = self.state

        file_name = self.file_name

        size_bytes = self.size_bytes

        sha256: None | str
        sha256 = self.sha256

        num_frames: int | None
        num_frames = self.num_frames

        fps: float | None
        fps = self.fps

        width: int | None
        width = self.width

        height: int | None
        height = self.height

        duration_seconds: float | None
        duration_seconds = self.duration_seconds

        thumbnail_url: None | str
        thumbnail_url = self.thumbnail_url

        rejection: dict[str, Any] | None
        if isinstance(self.rejection, ClipRejection):
            rejection = self.rejection.to_dict()
        else:
            rejection = self.rejection

        created_at = self.created_at.isoformat()

        upload: dict[str, Any] | None | Unset
        if isinstance(self.upload, Unset):
            upload = UNSET
        elif isinstance(self.upload, Upload):
            upload = self.upload.to_dict()
        else:
            upload = self.upload

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "file_name": file_name,
                "size_bytes": size_bytes,
                "sha256": sha256,
                "num_frames": num_frames,
                "fps": fps,
                "width": width,
                "height": height,
                "duration_seconds": duration_seconds,
                "thumbnail_url": thumbnail_url,
                "rejection": rejection,
                "created_at": created_at,
            }
        )
        if upload is not UNSET:
            field_dict["upload"] = upload

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.clip_rejection import ClipRejection  # noqa: PLC0415
        from ..models.upload import Upload  # noqa: PLC0415

        d = {**src_dict}
        id = d.pop("id")
        if not isinstance(id, str):
            raise TypeError(f"id is {type(id).__name__}")

        state = check_clip_state(d.pop("state"))

        file_name = d.pop("file_name")
        if not isinstance(file_name, str):
            raise TypeError(f"file_name is {type(file_name).__name__}")

        size_bytes = d.pop("size_bytes")
        if not isinstance(size_bytes, int):
            raise TypeError(f"size_bytes is {type(size_bytes).__name__}")

        def _parse_sha256(data: object) -> None | str:
            if data is None:
                return data
            sha256_type_0 = data
            if not isinstance(sha256_type_0, str):
                raise TypeError(f"sha256_type_0 is {type(sha256_type_0).__name__}")

            return sha256_type_0

        sha256 = _parse_sha256(d.pop("sha256"))

        def _parse_num_frames(data: object) -> int | None:
            if data is None:
                return data
            num_frames_type_0 = data
            if not isinstance(num_frames_type_0, int):
                raise TypeError(f"num_frames_type_0 is {type(num_frames_type_0).__name__}")

            return num_frames_type_0

        num_frames = _parse_num_frames(d.pop("num_frames"))

        def _parse_fps(data: object) -> float | None:
            if data is None:
                return data
            fps_type_0 = data
            if not isinstance(fps_type_0, int | float):
                raise TypeError(f"fps_type_0 is {type(fps_type_0).__name__}")

            return fps_type_0

        fps = _parse_fps(d.pop("fps"))

        def _parse_width(data: object) -> int | None:
            if data is None:
                return data
            width_type_0 = data
            if not isinstance(width_type_0, int):
                raise TypeError(f"width_type_0 is {type(width_type_0).__name__}")

            return width_type_0

        width = _parse_width(d.pop("width"))

        def _parse_height(data: object) -> int | None:
            if data is None:
                return data
            height_type_0 = data
            if not isinstance(height_type_0, int):
                raise TypeError(f"height_type_0 is {type(height_type_0).__name__}")

            return height_type_0

        height = _parse_height(d.pop("height"))

        def _parse_duration_seconds(data: object) -> float | None:
            if data is None:
                return data
            duration_seconds_type_0 = data
            if not isinstance(duration_seconds_type_0, int | float):
                raise TypeError(f"duration_seconds_type_0 is {type(duration_seconds_type_0).__name__}")

            return duration_seconds_type_0

        duration_seconds = _parse_duration_seconds(d.pop("duration_seconds"))

        def _parse_thumbnail_url(data: object) -> None | str:
            if data is None:
                return data
            thumbnail_url_type_0 = data
            if not isinstance(thumbnail_url_type_0, str):
                raise TypeError(f"thumbnail_url_type_0 is {type(thumbnail_url_type_0).__name__}")

            return thumbnail_url_type_0

        thumbnail_url = _parse_thumbnail_url(d.pop("thumbnail_url"))

        def _parse_rejection(data: object) -> ClipRejection | None:
            if data is None:
                return data
            if not isinstance(data, dict):
                raise TypeError(f"rejection is {type(data).__name__}")
            rejection_type_0 = ClipRejection.from_dict(data)

            return rejection_type_0

        rejection = _parse_rejection(d.pop("rejection"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_upload(data: object) -> None | Unset | Upload:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError(f"upload is {type(data).__name__}")
            upload_type_0 = Upload.from_dict(data)

            return upload_type_0

        upload = _parse_upload(d.pop("upload", UNSET))

        clip = cls(
            id=id,
            state=state,
            file_name=file_name,
            size_bytes=size_bytes,
            sha256=sha256,
            num_frames=num_frames,
            fps=fps,
            width=width,
            height=height,
            duration_seconds=duration_seconds,
            thumbnail_url=thumbnail_url,
            rejection=rejection,
            created_at=created_at,
            upload=upload,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        clip.additional_properties = additional_properties
        return clip

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
