from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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

if TYPE_CHECKING:
    from ..models.highway import Highway


T = TypeVar("T", bound="TrainingRecipe")


@_attrs_define
class TrainingRecipe:
    """Hyperparameters of a training. The defaults are those of the method's release (docs/method.md, section 5).

    Attributes:
        preset (TrainingRecipePreset): Linear layers that get LoRA matrices (docs/method.md, section 2): `tap`: the keys
            of the temporal attention; `tap-qk`: queries and keys; `tap-release`: keys and output projections; `tap-qko`:
            queries, keys and output projections; `motion-director`: all projections and the feed-forward layers.
        rank (int): Rank of the LoRA matrices.
        alpha (float): LoRA alpha: the adapter's output is scaled by alpha / rank.
        learning_rate (float): Constant learning rate of AdamW.
        weight_decay (float): Weight decay of AdamW.
        steps (int): Number of optimizer steps.
        batch_size (int): Number of clip windows in a step.
        dropout (float): Dropout probability of the adapter's inputs.
        num_frames (int): Length of a training window, in frames at `fps`.
        height (int): Height of the training windows in pixels.
        width (int): Width of the training windows in pixels.
        fps (float): Frame rate at which the clips are read, in frames a second. A clip that has fewer than `num_frames`
            frames then is read at a higher rate.
        spatial_path (TrainingRecipeSpatialPath): Adapters of the spatial layers that learn the clips' appearance during
            the training and are dropped after it: `none`, one that is `shared` by all clips, or one `per-clip`. Only base
            models with `supports_spatial_path` accept another value than `none`.
        spatial_probability (float): Probability that a step trains the spatial adapter as well and keeps it switched
            on.
        caption_dropout (float): Probability that a sample's caption is replaced by the empty text.
        debias (bool): Whether the loss includes the appearance-debiased temporal term.
        seed (int): Seed of the random number generators.
        checkpoint_every (int): Number of steps between two checkpoints.
        save_inverted_noise (bool): Whether the clips' inverted noise is stored with the version. The `noise_prior` of a
            generation needs it.
        timestep_range (list[float]): Part of the noise schedule that is trained, as two fractions from clean (0) to
            pure noise (1).
        highway (Highway): The Appearance Highway, for base models with `supports_highway`: U-Net skip connections that
            start after the
            spatial attention instead of after the temporal one.
        aspect_buckets (bool): Whether clips are trained near their own aspect ratios. Otherwise they are cropped to
            `height` x `width`.
        horizontal_flip (bool): Whether half of the samples are mirrored. The adapter then no longer tells left from
            right.
        gradient_checkpointing (TrainingRecipeGradientCheckpointing): Recomputation of activations in the backward pass,
            which needs less memory and more time and gives the same gradients. `auto` decides by the free memory of the
            GPU.
    """

    preset: TrainingRecipePreset
    rank: int
    alpha: float
    learning_rate: float
    weight_decay: float
    steps: int
    batch_size: int
    dropout: float
    num_frames: int
    height: int
    width: int
    fps: float
    spatial_path: TrainingRecipeSpatialPath
    spatial_probability: float
    caption_dropout: float
    debias: bool
    seed: int
    checkpoint_every: int
    save_inverted_noise: bool
    timestep_range: list[float]
    highway: Highway
    aspect_buckets: bool
    horizontal_flip: bool
    gradient_checkpointing: TrainingRecipeGradientCheckpointing
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        preset: str = self.preset

        rank = self.rank

        alpha = self.alpha

        learning_rate = self.learning_rate

        weight_decay = self.weight_decay

        steps = self.steps

        batch_size = self.batch_size

        dropout = self.dropout

        num_frames = self.num_frames

        height = self.height

        width = self.width

        fps = self.fps

        spatial_path: str = self.spatial_path

        spatial_probability = self.spatial_probability

        caption_dropout = self.caption_dropout

        debias = self.debias

        seed = self.seed

        checkpoint_every = self.checkpoint_every

        save_inverted_noise = self.save_inverted_noise

        timestep_range = []
        for timestep_range_item_data in self.timestep_range:
            timestep_range_item: float
            timestep_range_item = timestep_range_item_data
            timestep_range.append(timestep_range_item)

        highway = self.highway.to_dict()

        aspect_buckets = self.aspect_buckets

        horizontal_flip = self.horizontal_flip

        gradient_checkpointing: str = self.gradient_checkpointing

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "preset": preset,
                "rank": rank,
                "alpha": alpha,
                "learning_rate": learning_rate,
                "weight_decay": weight_decay,
                "steps": steps,
                "batch_size": batch_size,
                "dropout": dropout,
                "num_frames": num_frames,
                "height": height,
                "width": width,
                "fps": fps,
                "spatial_path": spatial_path,
                "spatial_probability": spatial_probability,
                "caption_dropout": caption_dropout,
                "debias": debias,
                "seed": seed,
                "checkpoint_every": checkpoint_every,
                "save_inverted_noise": save_inverted_noise,
                "timestep_range": timestep_range,
                "highway": highway,
                "aspect_buckets": aspect_buckets,
                "horizontal_flip": horizontal_flip,
                "gradient_checkpointing": gradient_checkpointing,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.highway import Highway  # noqa: PLC0415

        d = {**src_dict}
        preset = check_training_recipe_preset(d.pop("preset"))

        rank = d.pop("rank")
        if not isinstance(rank, int):
            raise TypeError(f"rank is {type(rank).__name__}")

        alpha = d.pop("alpha")
        if not isinstance(alpha, int | float):
            raise TypeError(f"alpha is {type(alpha).__name__}")

        learning_rate = d.pop("learning_rate")
        if not isinstance(learning_rate, int | float):
            raise TypeError(f"learning_rate is {type(learning_rate).__name__}")

        weight_decay = d.pop("weight_decay")
        if not isinstance(weight_decay, int | float):
            raise TypeError(f"weight_decay is {type(weight_decay).__name__}")

        steps = d.pop("steps")
        if not isinstance(steps, int):
            raise TypeError(f"steps is {type(steps).__name__}")

        batch_size = d.pop("batch_size")
        if not isinstance(batch_size, int):
            raise TypeError(f"batch_size is {type(batch_size).__name__}")

        dropout = d.pop("dropout")
        if not isinstance(dropout, int | float):
            raise TypeError(f"dropout is {type(dropout).__name__}")

        num_frames = d.pop("num_frames")
        if not isinstance(num_frames, int):
            raise TypeError(f"num_frames is {type(num_frames).__name__}")

        height = d.pop("height")
        if not isinstance(height, int):
            raise TypeError(f"height is {type(height).__name__}")

        width = d.pop("width")
        if not isinstance(width, int):
            raise TypeError(f"width is {type(width).__name__}")

        fps = d.pop("fps")
        if not isinstance(fps, int | float):
            raise TypeError(f"fps is {type(fps).__name__}")

        spatial_path = check_training_recipe_spatial_path(d.pop("spatial_path"))

        spatial_probability = d.pop("spatial_probability")
        if not isinstance(spatial_probability, int | float):
            raise TypeError(f"spatial_probability is {type(spatial_probability).__name__}")

        caption_dropout = d.pop("caption_dropout")
        if not isinstance(caption_dropout, int | float):
            raise TypeError(f"caption_dropout is {type(caption_dropout).__name__}")

        debias = d.pop("debias")
        if not isinstance(debias, bool):
            raise TypeError(f"debias is {type(debias).__name__}")

        seed = d.pop("seed")
        if not isinstance(seed, int):
            raise TypeError(f"seed is {type(seed).__name__}")

        checkpoint_every = d.pop("checkpoint_every")
        if not isinstance(checkpoint_every, int):
            raise TypeError(f"checkpoint_every is {type(checkpoint_every).__name__}")

        save_inverted_noise = d.pop("save_inverted_noise")
        if not isinstance(save_inverted_noise, bool):
            raise TypeError(f"save_inverted_noise is {type(save_inverted_noise).__name__}")

        timestep_range = []
        _timestep_range = d.pop("timestep_range")
        if not isinstance(_timestep_range, list):
            raise TypeError(f"timestep_range is {type(_timestep_range).__name__}")
        for timestep_range_item_data in _timestep_range:

            def _parse_timestep_range_item(data: object) -> float:
                timestep_range_item_type_0 = data
                if not isinstance(timestep_range_item_type_0, int | float):
                    raise TypeError(f"timestep_range_item_type_0 is {type(timestep_range_item_type_0).__name__}")

                return timestep_range_item_type_0

            timestep_range_item = _parse_timestep_range_item(timestep_range_item_data)

            timestep_range.append(timestep_range_item)

        highway = Highway.from_dict(d.pop("highway"))

        aspect_buckets = d.pop("aspect_buckets")
        if not isinstance(aspect_buckets, bool):
            raise TypeError(f"aspect_buckets is {type(aspect_buckets).__name__}")

        horizontal_flip = d.pop("horizontal_flip")
        if not isinstance(horizontal_flip, bool):
            raise TypeError(f"horizontal_flip is {type(horizontal_flip).__name__}")

        gradient_checkpointing = check_training_recipe_gradient_checkpointing(d.pop("gradient_checkpointing"))

        training_recipe = cls(
            preset=preset,
            rank=rank,
            alpha=alpha,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            steps=steps,
            batch_size=batch_size,
            dropout=dropout,
            num_frames=num_frames,
            height=height,
            width=width,
            fps=fps,
            spatial_path=spatial_path,
            spatial_probability=spatial_probability,
            caption_dropout=caption_dropout,
            debias=debias,
            seed=seed,
            checkpoint_every=checkpoint_every,
            save_inverted_noise=save_inverted_noise,
            timestep_range=timestep_range,
            highway=highway,
            aspect_buckets=aspect_buckets,
            horizontal_flip=horizontal_flip,
            gradient_checkpointing=gradient_checkpointing,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        training_recipe.additional_properties = additional_properties
        return training_recipe

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
