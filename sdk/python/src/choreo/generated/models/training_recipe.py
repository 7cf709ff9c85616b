from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.training_recipe_gradient_checkpointing import (
    TrainingRecipeGradientCheckpointing,
    check_training_recipe_gradient_checkpointing,
)
from ..models.training_recipe_preset import (
    TrainingRecipePreset,
    check_training_recipe_preset,
)
from ..models.training_recipe_spatial_path import (
    TrainingRecipeSpatialPath,
    check_training_recipe_spatial_path,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.highway import Highway


T = TypeVar("T", bound="TrainingRecipe")


@_attrs_define
class TrainingRecipe:
    """How an adapter is trained, with nothing left open. Sizes in pixels, `fps` in frames a second.

    Attributes:
        rank (int):
        alpha (float):
        learning_rate (float):
        steps (int):
        batch_size (int):
        num_frames (int):
        height (int):
        width (int):
        seed (int):
        checkpoint_every (int):
        preset (TrainingRecipePreset | Unset):  Default: 'tap'.
        weight_decay (float | Unset):  Default: 0.01.
        dropout (float | Unset):  Default: 0.0.
        fps (float | Unset):  Default: 8.0.
        spatial_path (TrainingRecipeSpatialPath | Unset):  Default: 'none'.
        spatial_probability (float | Unset):  Default: 0.8.
        caption_dropout (float | Unset): The share of samples shown without their caption, so that the motion comes with
            any words. Default: 0.0.
        debias (bool | Unset): Use the appearance-debiased temporal loss. Default: True.
        save_inverted_noise (bool | Unset):  Default: False.
        timestep_range (list[float] | Unset): The share of the noise schedule that is trained, from clean to noisy.
        highway (Highway | Unset): The Appearance Highway: which skips start at the spatial attention, and their gain.
        aspect_buckets (bool | Unset): Train each clip near its own aspect ratio instead of cropping it to height x
            width. Default: False.
        horizontal_flip (bool | Unset): Mirror half of the samples. A motion has a direction, and this takes it away.
            Default: False.
        gradient_checkpointing (TrainingRecipeGradientCheckpointing | Unset): Less memory for more time; `auto` looks at
            what is free. The result is the same. Default: 'auto'.
    """

    rank: int
    alpha: float
    learning_rate: float
    steps: int
    batch_size: int
    num_frames: int
    height: int
    width: int
    seed: int
    checkpoint_every: int
    preset: TrainingRecipePreset | Unset = "tap"
    weight_decay: float | Unset = 0.01
    dropout: float | Unset = 0.0
    fps: float | Unset = 8.0
    spatial_path: TrainingRecipeSpatialPath | Unset = "none"
    spatial_probability: float | Unset = 0.8
    caption_dropout: float | Unset = 0.0
    debias: bool | Unset = True
    save_inverted_noise: bool | Unset = False
    timestep_range: list[float] | Unset = UNSET
    highway: Highway | Unset = UNSET
    aspect_buckets: bool | Unset = False
    horizontal_flip: bool | Unset = False
    gradient_checkpointing: TrainingRecipeGradientCheckpointing | Unset = "auto"

    def to_dict(self) -> dict[str, Any]:
        rank = self.rank

        alpha = self.alpha

        learning_rate = self.learning_rate

        steps = self.steps

        batch_size = self.batch_size

        num_frames = self.num_frames

        height = self.height

        width = self.width

        seed = self.seed

        checkpoint_every = self.checkpoint_every

        preset: str | Unset = UNSET
        if not isinstance(self.preset, Unset):
            preset = self.preset

        weight_decay = self.weight_decay

        dropout = self.dropout

        fps = self.fps

        spatial_path: str | Unset = UNSET
        if not isinstance(self.spatial_path, Unset):
            spatial_path = self.spatial_path

        spatial_probability = self.spatial_probability

        caption_dropout = self.caption_dropout

        debias = self.debias

        save_inverted_noise = self.save_inverted_noise

        timestep_range: list[float] | Unset = UNSET
        if not isinstance(self.timestep_range, Unset):
            timestep_range = []
            for timestep_range_item_data in self.timestep_range:
                timestep_range_item: float
                timestep_range_item = timestep_range_item_data
                timestep_range.append(timestep_range_item)

        highway: dict[str, Any] | Unset = UNSET
        if not isinstance(self.highway, Unset):
            highway = self.highway.to_dict()

        aspect_buckets = self.aspect_buckets

        horizontal_flip = self.horizontal_flip

        gradient_checkpointing: str | Unset = UNSET
        if not isinstance(self.gradient_checkpointing, Unset):
            gradient_checkpointing = self.gradient_checkpointing

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "rank": rank,
                "alpha": alpha,
                "learning_rate": learning_rate,
                "steps": steps,
                "batch_size": batch_size,
                "num_frames": num_frames,
                "height": height,
                "width": width,
                "seed": seed,
                "checkpoint_every": checkpoint_every,
            }
        )
        if preset is not UNSET:
            field_dict["preset"] = preset
        if weight_decay is not UNSET:
            field_dict["weight_decay"] = weight_decay
        if dropout is not UNSET:
            field_dict["dropout"] = dropout
        if fps is not UNSET:
            field_dict["fps"] = fps
        if spatial_path is not UNSET:
            field_dict["spatial_path"] = spatial_path
        if spatial_probability is not UNSET:
            field_dict["spatial_probability"] = spatial_probability
        if caption_dropout is not UNSET:
            field_dict["caption_dropout"] = caption_dropout
        if debias is not UNSET:
            field_dict["debias"] = debias
        if save_inverted_noise is not UNSET:
            field_dict["save_inverted_noise"] = save_inverted_noise
        if timestep_range is not UNSET:
            field_dict["timestep_range"] = timestep_range
        if highway is not UNSET:
            field_dict["highway"] = highway
        if aspect_buckets is not UNSET:
            field_dict["aspect_buckets"] = aspect_buckets
        if horizontal_flip is not UNSET:
            field_dict["horizontal_flip"] = horizontal_flip
        if gradient_checkpointing is not UNSET:
            field_dict["gradient_checkpointing"] = gradient_checkpointing

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.highway import Highway  # noqa: PLC0415

        d = dict(src_dict)
        rank = d.pop("rank")

        alpha = d.pop("alpha")

        learning_rate = d.pop("learning_rate")

        steps = d.pop("steps")

        batch_size = d.pop("batch_size")

        num_frames = d.pop("num_frames")

        height = d.pop("height")

        width = d.pop("width")

        seed = d.pop("seed")

        checkpoint_every = d.pop("checkpoint_every")

        _preset = d.pop("preset", UNSET)
        preset: TrainingRecipePreset | Unset
        if isinstance(_preset, Unset):
            preset = UNSET
        else:
            preset = check_training_recipe_preset(_preset)

        weight_decay = d.pop("weight_decay", UNSET)

        dropout = d.pop("dropout", UNSET)

        fps = d.pop("fps", UNSET)

        _spatial_path = d.pop("spatial_path", UNSET)
        spatial_path: TrainingRecipeSpatialPath | Unset
        if isinstance(_spatial_path, Unset):
            spatial_path = UNSET
        else:
            spatial_path = check_training_recipe_spatial_path(_spatial_path)

        spatial_probability = d.pop("spatial_probability", UNSET)

        caption_dropout = d.pop("caption_dropout", UNSET)

        debias = d.pop("debias", UNSET)

        save_inverted_noise = d.pop("save_inverted_noise", UNSET)

        _timestep_range = d.pop("timestep_range", UNSET)
        timestep_range: list[float] | Unset = UNSET
        if _timestep_range is not UNSET:
            timestep_range = []
            for timestep_range_item_data in _timestep_range:

                def _parse_timestep_range_item(data: object) -> float:
                    return cast(float, data)

                timestep_range_item = _parse_timestep_range_item(timestep_range_item_data)

                timestep_range.append(timestep_range_item)

        _highway = d.pop("highway", UNSET)
        highway: Highway | Unset
        if isinstance(_highway, Unset):
            highway = UNSET
        else:
            highway = Highway.from_dict(_highway)

        aspect_buckets = d.pop("aspect_buckets", UNSET)

        horizontal_flip = d.pop("horizontal_flip", UNSET)

        _gradient_checkpointing = d.pop("gradient_checkpointing", UNSET)
        gradient_checkpointing: TrainingRecipeGradientCheckpointing | Unset
        if isinstance(_gradient_checkpointing, Unset):
            gradient_checkpointing = UNSET
        else:
            gradient_checkpointing = check_training_recipe_gradient_checkpointing(_gradient_checkpointing)

        training_recipe = cls(
            rank=rank,
            alpha=alpha,
            learning_rate=learning_rate,
            steps=steps,
            batch_size=batch_size,
            num_frames=num_frames,
            height=height,
            width=width,
            seed=seed,
            checkpoint_every=checkpoint_every,
            preset=preset,
            weight_decay=weight_decay,
            dropout=dropout,
            fps=fps,
            spatial_path=spatial_path,
            spatial_probability=spatial_probability,
            caption_dropout=caption_dropout,
            debias=debias,
            save_inverted_noise=save_inverted_noise,
            timestep_range=timestep_range,
            highway=highway,
            aspect_buckets=aspect_buckets,
            horizontal_flip=horizontal_flip,
            gradient_checkpointing=gradient_checkpointing,
        )

        return training_recipe
