"""The demo's pictures: an animation of the reference clip beside the generated videos, and a contact sheet."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from deploy.demo.reference_clips import FPS, MOTION, REFERENCE, SUBJECTS
from deploy.demo.report import ArmResult, Video
from services.motion.evaluation import contact_sheet
from services.motion.evaluation.metrics.registry import Frames

TILE = 144
"""Side of a video in the animation, in pixels."""
GAP, MARGIN, PROMPTS, CAPTION = 8, 16, 64, 42
"""In pixels: between videos, around everything, height of the prompts, height of the words above a row."""
BACKGROUND, DARK, GRAY = (250, 250, 248), (20, 20, 20), (90, 90, 90)
SLOWER = 1.5
"""The animation shows the clips this much slower than they are."""


def write_animation(file: Path, reference: Frames, arms: Sequence[ArmResult]) -> Path:
    """Draw an endless animated WebP: the reference clip at the left, one row of videos for each arm; returns `file`."""
    layout = _layout(arms)
    frames = [_frame(layout, index, reference, arms) for index in range(len(reference))]
    frames[0].save(
        file, save_all=True, append_images=frames[1:], duration=round(1000 * SLOWER / FPS), loop=0, quality=85, method=6
    )
    return file


def _left(column: int) -> int:
    return MARGIN + column * (TILE + GAP) + (2 * GAP if column else 0)


def _top(row: int) -> int:
    return MARGIN + PROMPTS + CAPTION + row * (TILE + CAPTION)


def _layout(arms: Sequence[ArmResult]) -> Image.Image:
    """Everything that does not move: prompts, names and scores."""
    size = (_left(len(SUBJECTS) + 1) - GAP + MARGIN, _top(len(arms)) - CAPTION + MARGIN)
    image = Image.new("RGB", size, BACKGROUND)
    pen = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(17), ImageFont.load_default(12.5)
    for column, subject in enumerate((REFERENCE, *SUBJECTS)):
        heading = f"prompt {column}" if column else "trained on"
        words = f"a {subject.colour} {subject.shape} {MOTION}\non a {subject.background} background"
        pen.text((_left(column), MARGIN), heading, fill=DARK, font=large)
        pen.text((_left(column), MARGIN + 22), words, fill=GRAY, font=small)
    for row, arm in enumerate(arms):
        scores = arm.scores
        words = f"text alignment {scores.text_alignment:.2f}   motion fidelity {scores.motion_fidelity:.2f}"
        top = _top(row) - CAPTION
        pen.text((_left(1), top + 2), arm.name, fill=DARK, font=large)
        pen.text((_left(1), top + 23), words, fill=GRAY, font=small)
    return image


def _frame(layout: Image.Image, index: int, reference: Frames, arms: Sequence[ArmResult]) -> Image.Image:
    image = layout.copy()
    _paste(image, reference, index, (_left(0), _top(0)))
    for row, arm in enumerate(arms):
        for column, video in enumerate(arm.videos, start=1):
            _paste(image, video.frames, index, (_left(column), _top(row)))
    return image


def _paste(image: Image.Image, frames: Frames, index: int, corner: tuple[int, int]) -> None:
    tile = Image.fromarray(frames[min(index, len(frames) - 1)])
    image.paste(tile.resize((TILE, TILE), Image.Resampling.LANCZOS), corner)


def write_contact_sheet(file: Path, reference: Frames, arms: Sequence[ArmResult]) -> Path:
    """Draw the frames of all videos side by side as a PNG; returns `file`."""
    strip = contact_sheet.Strip(REFERENCE.caption(MOTION), reference)
    sections = [contact_sheet.Section("one of the reference clips", [strip])]
    for arm in arms:
        strips = [contact_sheet.Strip(_legend(video), video.frames) for video in arm.videos]
        sections.append(contact_sheet.Section(arm.name, strips))
    return contact_sheet.write(file, sections)


def _legend(video: Video) -> str:
    scores = [f"{name.replace('_', ' ')} {score:.2f}" for name, score in video.scores._asdict().items()]
    return f"{video.job.spec.prompt}   ({', '.join(scores)})"
