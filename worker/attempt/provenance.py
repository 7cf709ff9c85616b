"""Where a result comes from: which code made it, and what a video says of itself wherever it goes."""
# pyright: reportUnknownMemberType=false
# PyAV's stubs leave Packet's parameter open, so mux() counts as partly unknown.

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import av

_ROOT = Path(__file__).resolve().parents[2]
REVISION_FILE = _ROOT / "REVISION"
"""In an image, where there is no git."""


@cache
def revision() -> str:
    """The commit of this code, with `-dirty` for a changed working tree; `unknown` where nothing tells."""
    if REVISION_FILE.is_file():
        return REVISION_FILE.read_text(encoding="utf-8").strip()
    command = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()


SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""What IPTC's vocabulary, which C2PA uses too, calls media that a trained model made."""


def stamp(video: Path, claim: dict[str, Any]) -> None:
    """Write into an mp4's own metadata (`comment`, as JSON) that a model made it, which one, and in which job.

    The pictures are copied bit by bit. Anybody who edits the file can remove it: it informs, it proves nothing.
    """
    whole = {"generator": "Choreo", "revision": revision(), "digitalSourceType": SOURCE_TYPE} | claim
    draft = video.with_name(f"{video.name}.stamped")
    with (
        av.open(str(video)) as source,
        av.open(str(draft), mode="w", format="mp4", options={"movflags": "+faststart"}) as target,
    ):
        target.metadata["comment"] = json.dumps(whole, sort_keys=True)
        read = source.streams.video[0]
        written = target.add_stream_from_template(read)
        for packet in source.demux(read):
            if packet.dts is not None:  # the last packet only flushes
                packet.stream = written
                target.mux(packet)
    draft.replace(video)
