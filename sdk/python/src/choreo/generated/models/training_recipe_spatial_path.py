from typing import Literal

TrainingRecipeSpatialPath = Literal["none", "per-clip", "shared"]

TRAINING_RECIPE_SPATIAL_PATH_VALUES: set[TrainingRecipeSpatialPath] = {
    "none",
    "per-clip",
    "shared",
}


def check_training_recipe_spatial_path(value: str) -> TrainingRecipeSpatialPath:
    if value in TRAINING_RECIPE_SPATIAL_PATH_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRAINING_RECIPE_SPATIAL_PATH_VALUES!r}")
