from typing import Literal

TrainingRecipePreset = Literal["motion-director", "tap", "tap-qk", "tap-qko", "tap-release"]

TRAINING_RECIPE_PRESET_VALUES: set[TrainingRecipePreset] = {
    "motion-director",
    "tap",
    "tap-qk",
    "tap-qko",
    "tap-release",
}


def check_training_recipe_preset(value: str) -> TrainingRecipePreset:
    if value in TRAINING_RECIPE_PRESET_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRAINING_RECIPE_PRESET_VALUES!r}")
