from typing import Literal, cast

TrainingRecipeRequestSpatialPathType0 = Literal["none", "per-clip", "shared"]


def check_training_recipe_request_spatial_path_type_0(value: object) -> TrainingRecipeRequestSpatialPathType0:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TrainingRecipeRequestSpatialPathType0, value)
