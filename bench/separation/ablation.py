"""The paper's ablation on the bundled base model, and additional arms."""

from typing import get_args

from bench.separation.design import BASE_MODEL, DEFAULT, OWN_RECIPE, PLI, SHARED_RECIPE, Arm, Study, TrainingSetup
from shared.schemas.training import Preset

MODES = ("off", "release", "full")

STUDY = Study(
    name="ablation",
    trainings=(
        TrainingSetup("motion-director", "motion-director", SHARED_RECIPE),
        TrainingSetup("tap", "tap", SHARED_RECIPE),
        TrainingSetup("tap-qk", "tap-qk", SHARED_RECIPE),
        TrainingSetup("tap-release", "tap-release", SHARED_RECIPE),
        TrainingSetup("tap-qko", "tap-qko", SHARED_RECIPE),
        TrainingSetup("default", "tap-qko", OWN_RECIPE),
        TrainingSetup("motion-director, high noise", "motion-director", OWN_RECIPE),
    ),
    arms=(
        BASE_MODEL,
        *(Arm(preset, mode) for preset in get_args(Preset) for mode in MODES),
        Arm("motion-director", "off", PLI),
        Arm("tap-release", "release", PLI),
        Arm("tap-qko", "release", PLI),
        Arm("default", "off", PLI),
        DEFAULT,
        Arm("motion-director, high noise", "off", PLI),
    ),
    seeds=(0, 1, 2),
)

_BEYOND = ("tap-qko", "motion-director, high noise")
PAPER_ARMS = tuple(arm for arm in STUDY.arms if arm.training not in _BEYOND)
"""What the paper compares, and the default."""
BEYOND_ARMS = tuple(arm for arm in STUDY.arms if arm.training in (*_BEYOND, "default"))
"""What makes the default: another projection, a narrower range of timesteps, and PLI."""
