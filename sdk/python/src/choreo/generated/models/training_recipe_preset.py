from typing import Literal, cast

TrainingRecipePreset = Literal["motion-director", "tap", "tap-qk", "tap-qko", "tap-release"]


def check_training_recipe_preset(value: object) -> TrainingRecipePreset:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TrainingRecipePreset, value)
