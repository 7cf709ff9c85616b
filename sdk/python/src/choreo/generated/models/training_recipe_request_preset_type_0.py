from typing import Literal, cast

TrainingRecipeRequestPresetType0 = Literal["motion-director", "tap", "tap-qk", "tap-qko", "tap-release"]


def check_training_recipe_request_preset_type_0(value: object) -> TrainingRecipeRequestPresetType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TrainingRecipeRequestPresetType0, value)
