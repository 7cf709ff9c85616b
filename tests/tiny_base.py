"""A tiny base model: real classes, few weights, and defaults that keep everything small."""

import json
from pathlib import Path

from tests.motion.models import write_base
from tests.vocabulary_cases import GRAMMAR, TERMS

CARD = {
    "id": "choreo-world",
    "family": "unet3d",
    "revision": "tiny",
    "limits": {"frames": [1, 16, 1], "size": [32, 64, 8]},
    "training_defaults": {
        "rank": 2, "learning_rate": 1e-3, "steps": 6, "batch_size": 1, "dropout": 0.0, "num_frames": 4, "height": 32,
        "width": 32, "spatial_path": "none", "checkpoint_every": 2,
    },
    "generation_defaults": {"num_frames": 4, "height": 32, "width": 32, "steps": 3, "guidance_scale": 3.0},
    "vocabulary": {"grammar": GRAMMAR, "terms": TERMS},
}  # fmt: skip


def write_tiny_base(folder: Path) -> Path:
    """Write the base into `folder`."""
    write_base(folder)
    (folder / "choreo.json").write_text(json.dumps(CARD))
    return folder
