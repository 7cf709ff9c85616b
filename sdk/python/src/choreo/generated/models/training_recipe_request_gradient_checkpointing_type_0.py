from typing import Literal

TrainingRecipeRequestGradientCheckpointingType0 = Literal["auto", "off", "on"]

TRAINING_RECIPE_REQUEST_GRADIENT_CHECKPOINTING_TYPE_0_VALUES: set[TrainingRecipeRequestGradientCheckpointingType0] = {
    "auto",
    "off",
    "on",
}


def check_training_recipe_request_gradient_checkpointing_type_0(
    value: str,
) -> TrainingRecipeRequestGradientCheckpointingType0:
    if value in TRAINING_RECIPE_REQUEST_GRADIENT_CHECKPOINTING_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TRAINING_RECIPE_REQUEST_GRADIENT_CHECKPOINTING_TYPE_0_VALUES!r}"
    )
