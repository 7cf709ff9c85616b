"""The demo's reference clips, `deploy/clips/*.mp4`: one subject in a motion that the base model was not trained on.

`python -m deploy.demo.reference_clips` draws the files again.
"""

from pathlib import Path

import numpy as np

from services.motion import video
from services.motion.evaluation.metrics.registry import Frames
from services.motion.world import paths, scenes

FOLDER = Path(__file__).parents[1] / "clips"
MOTION = "orbiting"
REFERENCE = scenes.Appearance("red", "circle", "black")
SUBJECTS = (
    scenes.Appearance("yellow", "square", "navy"),
    scenes.Appearance("cyan", "triangle", "brown"),
    scenes.Appearance("white", "diamond", "teal"),
)
"""The subjects that are generated: none has the reference's colour, shape or background."""
NUM_CLIPS = 3
NUM_FRAMES = 8
FPS = 8
SIZE = 64
"""Side of a frame of the bundled base model, in pixels."""
SEED = 7


def files() -> list[Path]:
    """The committed clips, in order."""
    return [FOLDER / f"{MOTION}-{number}.mp4" for number in range(1, NUM_CLIPS + 1)]


def read(file: Path) -> Frames:
    """All frames of a video as F x H x W x 3 bytes of RGB."""
    return video.read(file, fps=FPS, height=SIZE, width=SIZE)


def draw() -> None:
    """Render the clips into their files."""
    for file, path in zip(
        files(), paths.takes(MOTION, np.random.default_rng(SEED), NUM_FRAMES, NUM_CLIPS), strict=True
    ):
        video.write(file, scenes.render(REFERENCE, path), fps=FPS)


if __name__ == "__main__":
    draw()
