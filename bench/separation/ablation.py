"""The paper's ablation on the bundled base, and what goes beyond it."""

from typing import get_args

from bench.separation.design import DEFAULT, OWN_RECIPE, PLI, SHARED_RECIPE, UNTAUGHT, Arm, Study, Teaching
from shared.schemas.training import Preset

MODES = ("off", "release", "full")

STUDY = Study(
    name="ablation",
    teachings=(
        Teaching("motion-director", "motion-director", SHARED_RECIPE),
        Teaching("tap", "tap", SHARED_RECIPE),
        Teaching("tap-qk", "tap-qk", SHARED_RECIPE),
        Teaching("tap-release", "tap-release", SHARED_RECIPE),
        Teaching("tap-qko", "tap-qko", SHARED_RECIPE),
        Teaching("default", "tap-qko", OWN_RECIPE),
        Teaching("motion-director, high noise", "motion-director", OWN_RECIPE),
    ),
    arms=(
        UNTAUGHT,
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
PAPER_ARMS = tuple(arm for arm in STUDY.arms if arm.teaching not in _BEYOND)
"""What the paper compares, and the default."""
BEYOND_ARMS = tuple(arm for arm in STUDY.arms if arm.teaching in (*_BEYOND, "default"))
"""What makes the default: another projection, a narrower range of timesteps, and PLI."""
