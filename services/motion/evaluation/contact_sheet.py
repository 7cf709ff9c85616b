"""Contact sheets: the reference clips above, the generated clips below.

Suffixes: F frames, H height, W width, C = 3 colour channels.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Frames = NDArray[np.uint8]

TILE = 96
"""Height of a frame on the sheet, in pixels."""
COLUMNS = 8
"""How many frames of a clip the sheet shows."""
CAPTION = 18
"""Height of a caption line, in pixels."""
HEADING = 30
MARGIN = 12
GAP = 3


class Strip(NamedTuple):
    """One clip on the sheet: `frames_FHWC` bytes of RGB under a caption."""

    caption: str
    frames_FHWC: Frames


class Section(NamedTuple):
    """Clips that belong together, under a heading."""

    heading: str
    strips: Sequence[Strip]


def write(path: Path, sections: Sequence[Section]) -> Path:
    """Draw the sections below each other and save them as a PNG; returns `path`."""
    height = 2 * MARGIN + sum(HEADING + len(section.strips) * (CAPTION + TILE + GAP) for section in sections)
    width = 2 * MARGIN + COLUMNS * (max(_width(strip) for section in sections for strip in section.strips) + GAP) - GAP
    sheet = Image.new("RGB", (width, height), (250, 250, 248))
    top = MARGIN
    for section in sections:
        top = _draw_section(sheet, top, section)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


def _draw_section(sheet: Image.Image, top: int, section: Section) -> int:
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, top + 6), section.heading, fill=(20, 20, 20), font=ImageFont.load_default(16))
    top += HEADING
    for strip in section.strips:
        pen.text((MARGIN, top), strip.caption, fill=(90, 90, 90), font=ImageFont.load_default(12))
        _draw_frames(sheet, top + CAPTION, strip)
        top += CAPTION + TILE + GAP
    return top


def _width(strip: Strip) -> int:
    """Of a frame on the sheet, in pixels."""
    height, width = strip.frames_FHWC.shape[1:3]
    return round(TILE * width / height)


def _draw_frames(sheet: Image.Image, top: int, strip: Strip) -> None:
    frames_FHWC, width = strip.frames_FHWC, _width(strip)
    for column, index in enumerate(np.linspace(0, len(frames_FHWC) - 1, COLUMNS).round().astype(int)):
        tile = Image.fromarray(frames_FHWC[index]).resize((width, TILE), Image.Resampling.LANCZOS)
        sheet.paste(tile, (MARGIN + column * (width + GAP), top))
