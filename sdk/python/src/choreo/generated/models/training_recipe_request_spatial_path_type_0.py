from typing import Literal

TrainingRecipeRequestSpatialPathType0 = Literal["none", "per-clip", "shared"]

TRAINING_RECIPE_REQUEST_SPATIAL_PATH_TYPE_0_VALUES: set[TrainingRecipeRequestSpatialPathType0] = {
    "none",
    "per-clip",
    "shared",
}


def check_training_recipe_request_spatial_path_type_0(value: str) -> TrainingRecipeRequestSpatialPathType0:
    if value in TRAINING_RECIPE_REQUEST_SPATIAL_PATH_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TRAINING_RECIPE_REQUEST_SPATIAL_PATH_TYPE_0_VALUES!r}"
    )
