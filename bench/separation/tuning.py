"""The tuning study: one setting of the default changed at a time.

Its seeds are not the ablation's: what was chosen here is judged on cells that had no part in the choice.
"""

from typing import Any

from bench.separation.design import DEFAULT, OWN_RECIPE, PLI, SHARED_RECIPE, Arm, Study, TrainingSetup
from shared.schemas.training import Preset

_CHANGES: dict[str, dict[str, Any]] = {
    "rank 4": {"rank": 4},
    "rank 64": {"rank": 64},
    "half the learning rate": {"learning_rate": 0.003},
    "twice the learning rate": {"learning_rate": 0.012},
    "100 steps": {"steps": 100},
    "500 steps": {"steps": 500},
    "trained from t = 800": {"timestep_range": (0.8, 1.0)},
    "captions always": {"caption_dropout": 0.0},
    "plain loss": {"debias": False},
}
_PRESETS: tuple[Preset, ...] = ("tap", "tap-release", "motion-director")
"""In the default's device, each at its own learning rate."""
_BASELINES: dict[str, tuple[Preset, float]] = {
    "motion-director": ("motion-director", 0.002),
    "motion-director, half the learning rate": ("motion-director", 0.001),
    "motion-director, twice the learning rate": ("motion-director", 0.004),
    "tap, twice the learning rate": ("tap", 0.02),
}

STUDY = Study(
    name="tuning",
    trainings=(
        TrainingSetup("default", "tap-qko", OWN_RECIPE),
        *(TrainingSetup(f"default, {name}", "tap-qko", OWN_RECIPE | change) for name, change in _CHANGES.items()),
        *(TrainingSetup(f"default, {preset}", preset, OWN_RECIPE) for preset in _PRESETS),
        *(
            TrainingSetup(name, preset, SHARED_RECIPE | {"learning_rate": rate})
            for name, (preset, rate) in _BASELINES.items()
        ),
    ),
    arms=(
        DEFAULT,
        *(Arm("default", "release", phase) for phase in (0.1, 0.3, 0.5, 1.0)),
        Arm("default", "off", PLI),
        Arm("default", "full", PLI),
        *(DEFAULT._replace(training=f"default, {name}") for name in (*_CHANGES, *_PRESETS)),
        *(Arm(name) for name in _BASELINES),
    ),
    seeds=(3,),
)
