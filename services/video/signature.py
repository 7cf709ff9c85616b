"""What the first bytes of a file tell about its format."""

from pathlib import Path

_VIDEO_SIGNATURES = (b"\x1aE\xdf\xa3", b"GIF8", b"OggS", b"FLV\x01", b"\x00\x00\x01\xba")
_SEGMENT = b"\x18\x53\x80\x67"


def begins_like_a_video(path: Path) -> bool:
    """Whether the file has the signature of a video format."""
    head = _head(path)
    return (
        head.startswith(_VIDEO_SIGNATURES)
        or head[4:8] in (b"ftyp", b"moov", b"mdat")
        or (head[:4], head[8:12]) == (b"RIFF", b"AVI ")
    )


def is_image(path: Path) -> bool:
    """Whether the file is a WebP or an AVIF image; both may be animated, and FFmpeg reads neither with its alpha."""
    head = _head(path)
    return (head[:4], head[8:12]) == (b"RIFF", b"WEBP") or head[4:12] in (b"ftypavif", b"ftypavis")


def is_cut_webp(path: Path) -> bool:
    """Whether the file is shorter than its RIFF header says."""
    return int.from_bytes(_head(path)[4:8], "little") + 8 > path.stat().st_size


def is_cut_matroska(path: Path) -> bool:
    """Whether the file is shorter than its Segment element says. RFC 8794, section 6; a live stream does not say it."""
    with path.open("rb") as file:
        head = file.read(4096)
    at = head.find(_SEGMENT)
    if at < 0 or at + 5 > len(head) or not head[at + 4]:
        return False
    length = 9 - head[at + 4].bit_length()
    size = int.from_bytes(head[at + 4 : at + 4 + length], "big") & ((1 << 7 * length) - 1)
    return size != (1 << 7 * length) - 1 and at + 4 + length + size > path.stat().st_size


def is_cut_ogg(path: Path) -> bool:
    """Whether the last page does not end its stream. RFC 3533, section 6."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_536))
        end = file.read()
    at = end.rfind(b"OggS")
    num_segments = end[at + 26] if at >= 0 and at + 26 < len(end) else 0
    page = at + 27 + num_segments + sum(end[at + 27 : at + 27 + num_segments])
    return not num_segments or not end[at + 5] & 4 or page > len(end)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)
