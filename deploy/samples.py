"""The sample clips of the demo: three short films of one appearance performing a motion that the base has never seen.

`python -m deploy.samples` draws them again.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from services.motion import video
from services.motion.world import paths, scenes

FOLDER = Path(__file__).parent / "clips"
MOTION = "orbiting"
REFERENCE = scenes.Appearance("red", "circle", "black")
SUBJECTS = (
    scenes.Appearance("yellow", "square", "navy"),
    scenes.Appearance("cyan", "triangle", "brown"),
    scenes.Appearance("white", "diamond", "teal"),
)
"""Who performs the motion in the end: neither shape, colour nor background is the reference's."""
NUM_CLIPS = 3
NUM_FRAMES = 8
FPS = 8
SEED = 7


def files() -> list[Path]:
    """The shipped clips, in order."""
    return [FOLDER / f"{MOTION}-{number}.mp4" for number in range(1, NUM_CLIPS + 1)]


def reference_paths() -> list[paths.Path]:
    """The exact paths that the clips show."""
    return paths.takes(MOTION, np.random.default_rng(SEED), NUM_FRAMES, NUM_CLIPS)


def draw(targets: Sequence[Path]) -> None:
    """Render the clips into files."""
    for target, path in zip(targets, reference_paths(), strict=True):
        target.parent.mkdir(parents=True, exist_ok=True)
        video.write(target, scenes.render(REFERENCE, path), fps=FPS)


if __name__ == "__main__":
    draw(files())
