from typing import Literal

TrainingRecipeRequestPresetType0 = Literal["motion-director", "tap", "tap-qk", "tap-qko", "tap-release"]

TRAINING_RECIPE_REQUEST_PRESET_TYPE_0_VALUES: set[TrainingRecipeRequestPresetType0] = {
    "motion-director",
    "tap",
    "tap-qk",
    "tap-qko",
    "tap-release",
}


def check_training_recipe_request_preset_type_0(value: str) -> TrainingRecipeRequestPresetType0:
    if value in TRAINING_RECIPE_REQUEST_PRESET_TYPE_0_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRAINING_RECIPE_REQUEST_PRESET_TYPE_0_VALUES!r}")
