from typing import Literal, cast

TrainingRecipeSpatialPath = Literal["none", "per-clip", "shared"]


def check_training_recipe_spatial_path(value: object) -> TrainingRecipeSpatialPath:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TrainingRecipeSpatialPath, value)
