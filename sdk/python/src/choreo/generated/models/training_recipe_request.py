from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..models.training_recipe_request_gradient_checkpointing_type_0 import (
    TrainingRecipeRequestGradientCheckpointingType0,
    check_training_recipe_request_gradient_checkpointing_type_0,
)
from ..models.training_recipe_request_preset_type_0 import (
    TrainingRecipeRequestPresetType0,
    check_training_recipe_request_preset_type_0,
)
from ..models.training_recipe_request_spatial_path_type_0 import (
    TrainingRecipeRequestSpatialPathType0,
    check_training_recipe_request_spatial_path_type_0,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.highway_request import HighwayRequest


T = TypeVar("T", bound="TrainingRecipeRequest")


@_attrs_define
class TrainingRecipeRequest:
    """Hyperparameters of a training in a request. An omitted field has the base model's default.

    Attributes:
        preset (None | TrainingRecipeRequestPresetType0 | Unset): Linear layers that get LoRA matrices (docs/method.md,
            section 2): `tap`: the keys of the temporal attention; `tap-qk`: queries and keys; `tap-release`: keys and
            output projections; `tap-qko`: queries, keys and output projections; `motion-director`: all projections and the
            feed-forward layers. Default: the base model's `preset`.
        rank (int | None | Unset): Rank of the LoRA matrices. Default: the base model's `rank`.
        alpha (float | None | Unset): LoRA alpha: the adapter's output is scaled by alpha / rank. Default: the rank.
        learning_rate (float | None | Unset): Constant learning rate of AdamW. Default: the base model's
            `learning_rate`.
        weight_decay (float | None | Unset): Weight decay of AdamW. Default: the base model's `weight_decay`.
        steps (int | None | Unset): Number of optimizer steps. Default: the base model's `steps`.
        batch_size (int | None | Unset): Number of clip windows in a step. Default: the base model's `batch_size`.
        dropout (float | None | Unset): Dropout probability of the adapter's inputs. Default: the base model's
            `dropout`.
        num_frames (int | None | Unset): Length of a training window, in frames at `fps`. Default: the base model's
            `num_frames`.
        height (int | None | Unset): Height of the training windows in pixels. Default: the base model's `height`.
        width (int | None | Unset): Width of the training windows in pixels. Default: the base model's `width`.
        fps (float | None | Unset): Frame rate at which the clips are read, in frames a second. A clip that has fewer
            than `num_frames` frames then is read at a higher rate. Default: the base model's `fps`.
        spatial_path (None | TrainingRecipeRequestSpatialPathType0 | Unset): Adapters of the spatial layers that learn
            the clips' appearance during the training and are dropped after it: `none`, one that is `shared` by all clips,
            or one `per-clip`. Only base models with `supports_spatial_path` accept another value than `none`. Default: the
            base model's `spatial_path`.
        spatial_probability (float | None | Unset): Probability that a step trains the spatial adapter as well and keeps
            it switched on. Default: the base model's `spatial_probability`.
        caption_dropout (float | None | Unset): Probability that a sample's caption is replaced by the empty text.
            Default: the base model's `caption_dropout`.
        debias (bool | None | Unset): Whether the loss includes the appearance-debiased temporal term. Default: the base
            model's `debias`.
        seed (int | None | Unset): Seed of the random number generators. Default: random.
        checkpoint_every (int | None | Unset): Number of steps between two checkpoints. Default: the base model's
            `checkpoint_every`.
        save_inverted_noise (bool | None | Unset): Whether the clips' inverted noise is stored with the version. The
            `noise_prior` of a generation needs it. Default: the base model's `save_inverted_noise`.
        timestep_range (list[float] | None | Unset): Part of the noise schedule that is trained, as two fractions from
            clean (0) to pure noise (1). Default: the base model's `timestep_range`.
        highway (HighwayRequest | Unset): Settings of the Appearance Highway in a request. An omitted field has the base
            model's default.
        aspect_buckets (bool | None | Unset): Whether clips are trained near their own aspect ratios. Otherwise they are
            cropped to `height` x `width`. Default: the base model's `aspect_buckets`.
        horizontal_flip (bool | None | Unset): Whether half of the samples are mirrored. The adapter then no longer
            tells left from right. Default: the base model's `horizontal_flip`.
        gradient_checkpointing (None | TrainingRecipeRequestGradientCheckpointingType0 | Unset): Recomputation of
            activations in the backward pass, which needs less memory and more time and gives the same gradients. `auto`
            decides by the free memory of the GPU. Default: the base model's `gradient_checkpointing`.
    """

    preset: None | TrainingRecipeRequestPresetType0 | Unset = UNSET
    rank: int | None | Unset = UNSET
    alpha: float | None | Unset = UNSET
    learning_rate: float | None | Unset = UNSET
    weight_decay: float | None | Unset = UNSET
    steps: int | None | Unset = UNSET
    batch_size: int | None | Unset = UNSET
    dropout: float | None | Unset = UNSET
    num_frames: int | None | Unset = UNSET
    height: int | None | Unset = UNSET
    width: int | None | Unset = UNSET
    fps: float | None | Unset = UNSET
    spatial_path: None | TrainingRecipeRequestSpatialPathType0 | Unset = UNSET
    spatial_probability: float | None | Unset = UNSET
    caption_dropout: float | None | Unset = UNSET
    debias: bool | None | Unset = UNSET
    seed: int | None | Unset = UNSET
    checkpoint_every: int | None | Unset = UNSET
    save_inverted_noise: bool | None | Unset = UNSET
    timestep_range: list[float] | None | Unset = UNSET
    highway: HighwayRequest | Unset = UNSET
    aspect_buckets: bool | None | Unset = UNSET
    horizontal_flip: bool | None | Unset = UNSET
    gradient_checkpointing: None | TrainingRecipeRequestGradientCheckpointingType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        preset: None | str | Unset
        if isinstance(self.preset, Unset):
            preset = UNSET
        elif isinstance(self.preset, str):
            preset = self.preset
        else:
            preset = self.preset

        rank: int | None | Unset
        if isinstance(self.rank, Unset):
            rank = UNSET
        else:
            rank = self.rank

        alpha: float | None | Unset
        if isinstance(self.alpha, Unset):
            alpha = UNSET
        else:
            alpha = self.alpha

        learning_rate: float | None | Unset
        if isinstance(self.learning_rate, Unset):
            learning_rate = UNSET
        else:
            learning_rate = self.learning_rate

        weight_decay: float | None | Unset
        if isinstance(self.weight_decay, Unset):
            weight_decay = UNSET
        else:
            weight_decay = self.weight_decay

        steps: int | None | Unset
        if isinstance(self.steps, Unset):
            steps = UNSET
        else:
            steps = self.steps

        batch_size: int | None | Unset
        if isinstance(self.batch_size, Unset):
            batch_size = UNSET
        else:
            batch_size = self.batch_size

        dropout: float | None | Unset
        if isinstance(self.dropout, Unset):
            dropout = UNSET
        else:
            dropout = self.dropout

        num_frames: int | None | Unset
        if isinstance(self.num_frames, Unset):
            num_frames = UNSET
        else:
            num_frames = self.num_frames

        height: int | None | Unset
        if isinstance(self.height, Unset):
            height = UNSET
        else:
            height = self.height

        width: int | None | Unset
        if isinstance(self.width, Unset):
            width = UNSET
        else:
            width = self.width

        fps: float | None | Unset
        if isinstance(self.fps, Unset):
            fps = UNSET
        else:
            fps = self.fps

        spatial_path: None | str | Unset
        if isinstance(self.spatial_path, Unset):
            spatial_path = UNSET
        elif isinstance(self.spatial_path, str):
            spatial_path = self.spatial_path
        else:
            spatial_path = self.spatial_path

        spatial_probability: float | None | Unset
        if isinstance(self.spatial_probability, Unset):
            spatial_probability = UNSET
        else:
            spatial_probability = self.spatial_probability

        caption_dropout: float | None | Unset
        if isinstance(self.caption_dropout, Unset):
            caption_dropout = UNSET
        else:
            caption_dropout = self.caption_dropout

        debias: bool | None | Unset
        if isinstance(self.debias, Unset):
            debias = UNSET
        else:
            debias = self.debias

        seed: int | None | Unset
        if isinstance(self.seed, Unset):
            seed = UNSET
        else:
            seed = self.seed

        checkpoint_every: int | None | Unset
        if isinstance(self.checkpoint_every, Unset):
            checkpoint_every = UNSET
        else:
            checkpoint_every = self.checkpoint_every

        save_inverted_noise: bool | None | Unset
        if isinstance(self.save_inverted_noise, Unset):
            save_inverted_noise = UNSET
        else:
            save_inverted_noise = self.save_inverted_noise

        timestep_range: list[float] | None | Unset
        if isinstance(self.timestep_range, Unset):
            timestep_range = UNSET
        elif isinstance(self.timestep_range, list):
            timestep_range = []
            for timestep_range_type_0_item_data in self.timestep_range:
                timestep_range_type_0_item: float
                timestep_range_type_0_item = timestep_range_type_0_item_data
                timestep_range.append(timestep_range_type_0_item)

        else:
            timestep_range = self.timestep_range

        highway: dict[str, Any] | Unset = UNSET
        if not isinstance(self.highway, Unset):
            highway = self.highway.to_dict()

        aspect_buckets: bool | None | Unset
        if isinstance(self.aspect_buckets, Unset):
            aspect_buckets = UNSET
        else:
            aspect_buckets = self.aspect_buckets

        horizontal_flip: bool | None | Unset
        if isinstance(self.horizontal_flip, Unset):
            horizontal_flip = UNSET
        else:
            horizontal_flip = self.horizontal_flip

        gradient_checkpointing: None | str | Unset
        if isinstance(self.gradient_checkpointing, Unset):
            gradient_checkpointing = UNSET
        elif isinstance(self.gradient_checkpointing, str):
            gradient_checkpointing = self.gradient_checkpointing
        else:
            gradient_checkpointing = self.gradient_checkpointing

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if preset is not UNSET:
            field_dict["preset"] = preset
        if rank is not UNSET:
            field_dict["rank"] = rank
        if alpha is not UNSET:
            field_dict["alpha"] = alpha
        if learning_rate is not UNSET:
            field_dict["learning_rate"] = learning_rate
        if weight_decay is not UNSET:
            field_dict["weight_decay"] = weight_decay
        if steps is not UNSET:
            field_dict["steps"] = steps
        if batch_size is not UNSET:
            field_dict["batch_size"] = batch_size
        if dropout is not UNSET:
            field_dict["dropout"] = dropout
        if num_frames is not UNSET:
            field_dict["num_frames"] = num_frames
        if height is not UNSET:
            field_dict["height"] = height
        if width is not UNSET:
            field_dict["width"] = width
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
        if seed is not UNSET:
            field_dict["seed"] = seed
        if checkpoint_every is not UNSET:
            field_dict["checkpoint_every"] = checkpoint_every
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
        from ..models.highway_request import HighwayRequest  # noqa: PLC0415

        d = {**src_dict}

        def _parse_preset(data: object) -> None | TrainingRecipeRequestPresetType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"preset is {type(data).__name__}")
            preset_type_0 = check_training_recipe_request_preset_type_0(data)

            return preset_type_0

        preset = _parse_preset(d.pop("preset", UNSET))

        def _parse_rank(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            rank_type_0 = data
            if not isinstance(rank_type_0, int):
                raise TypeError(f"rank_type_0 is {type(rank_type_0).__name__}")

            return rank_type_0

        rank = _parse_rank(d.pop("rank", UNSET))

        def _parse_alpha(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            alpha_type_0 = data
            if not isinstance(alpha_type_0, int | float):
                raise TypeError(f"alpha_type_0 is {type(alpha_type_0).__name__}")

            return alpha_type_0

        alpha = _parse_alpha(d.pop("alpha", UNSET))

        def _parse_learning_rate(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            learning_rate_type_0 = data
            if not isinstance(learning_rate_type_0, int | float):
                raise TypeError(f"learning_rate_type_0 is {type(learning_rate_type_0).__name__}")

            return learning_rate_type_0

        learning_rate = _parse_learning_rate(d.pop("learning_rate", UNSET))

        def _parse_weight_decay(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            weight_decay_type_0 = data
            if not isinstance(weight_decay_type_0, int | float):
                raise TypeError(f"weight_decay_type_0 is {type(weight_decay_type_0).__name__}")

            return weight_decay_type_0

        weight_decay = _parse_weight_decay(d.pop("weight_decay", UNSET))

        def _parse_steps(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            steps_type_0 = data
            if not isinstance(steps_type_0, int):
                raise TypeError(f"steps_type_0 is {type(steps_type_0).__name__}")

            return steps_type_0

        steps = _parse_steps(d.pop("steps", UNSET))

        def _parse_batch_size(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            batch_size_type_0 = data
            if not isinstance(batch_size_type_0, int):
                raise TypeError(f"batch_size_type_0 is {type(batch_size_type_0).__name__}")

            return batch_size_type_0

        batch_size = _parse_batch_size(d.pop("batch_size", UNSET))

        def _parse_dropout(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            dropout_type_0 = data
            if not isinstance(dropout_type_0, int | float):
                raise TypeError(f"dropout_type_0 is {type(dropout_type_0).__name__}")

            return dropout_type_0

        dropout = _parse_dropout(d.pop("dropout", UNSET))

        def _parse_num_frames(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            num_frames_type_0 = data
            if not isinstance(num_frames_type_0, int):
                raise TypeError(f"num_frames_type_0 is {type(num_frames_type_0).__name__}")

            return num_frames_type_0

        num_frames = _parse_num_frames(d.pop("num_frames", UNSET))

        def _parse_height(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            height_type_0 = data
            if not isinstance(height_type_0, int):
                raise TypeError(f"height_type_0 is {type(height_type_0).__name__}")

            return height_type_0

        height = _parse_height(d.pop("height", UNSET))

        def _parse_width(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            width_type_0 = data
            if not isinstance(width_type_0, int):
                raise TypeError(f"width_type_0 is {type(width_type_0).__name__}")

            return width_type_0

        width = _parse_width(d.pop("width", UNSET))

        def _parse_fps(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            fps_type_0 = data
            if not isinstance(fps_type_0, int | float):
                raise TypeError(f"fps_type_0 is {type(fps_type_0).__name__}")

            return fps_type_0

        fps = _parse_fps(d.pop("fps", UNSET))

        def _parse_spatial_path(data: object) -> None | TrainingRecipeRequestSpatialPathType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"spatial_path is {type(data).__name__}")
            spatial_path_type_0 = check_training_recipe_request_spatial_path_type_0(data)

            return spatial_path_type_0

        spatial_path = _parse_spatial_path(d.pop("spatial_path", UNSET))

        def _parse_spatial_probability(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            spatial_probability_type_0 = data
            if not isinstance(spatial_probability_type_0, int | float):
                raise TypeError(f"spatial_probability_type_0 is {type(spatial_probability_type_0).__name__}")

            return spatial_probability_type_0

        spatial_probability = _parse_spatial_probability(d.pop("spatial_probability", UNSET))

        def _parse_caption_dropout(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            caption_dropout_type_0 = data
            if not isinstance(caption_dropout_type_0, int | float):
                raise TypeError(f"caption_dropout_type_0 is {type(caption_dropout_type_0).__name__}")

            return caption_dropout_type_0

        caption_dropout = _parse_caption_dropout(d.pop("caption_dropout", UNSET))

        def _parse_debias(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            debias_type_0 = data
            if not isinstance(debias_type_0, bool):
                raise TypeError(f"debias_type_0 is {type(debias_type_0).__name__}")

            return debias_type_0

        debias = _parse_debias(d.pop("debias", UNSET))

        def _parse_seed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            seed_type_0 = data
            if not isinstance(seed_type_0, int):
                raise TypeError(f"seed_type_0 is {type(seed_type_0).__name__}")

            return seed_type_0

        seed = _parse_seed(d.pop("seed", UNSET))

        def _parse_checkpoint_every(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            checkpoint_every_type_0 = data
            if not isinstance(checkpoint_every_type_0, int):
                raise TypeError(f"checkpoint_every_type_0 is {type(checkpoint_every_type_0).__name__}")

            return checkpoint_every_type_0

        checkpoint_every = _parse_checkpoint_every(d.pop("checkpoint_every", UNSET))

        def _parse_save_inverted_noise(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            save_inverted_noise_type_0 = data
            if not isinstance(save_inverted_noise_type_0, bool):
                raise TypeError(f"save_inverted_noise_type_0 is {type(save_inverted_noise_type_0).__name__}")

            return save_inverted_noise_type_0

        save_inverted_noise = _parse_save_inverted_noise(d.pop("save_inverted_noise", UNSET))

        def _parse_timestep_range(data: object) -> list[float] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError(f"timestep_range is {type(data).__name__}")
            timestep_range_type_0 = []
            _timestep_range_type_0 = data
            if not isinstance(_timestep_range_type_0, list):
                raise TypeError(f"timestep_range_type_0 is {type(_timestep_range_type_0).__name__}")
            for timestep_range_type_0_item_data in _timestep_range_type_0:

                def _parse_timestep_range_type_0_item(data: object) -> float:
                    timestep_range_type_0_item_type_0 = data
                    if not isinstance(timestep_range_type_0_item_type_0, int | float):
                        raise TypeError(
                            f"timestep_range_type_0_item_type_0 is {type(timestep_range_type_0_item_type_0).__name__}"
                        )

                    return timestep_range_type_0_item_type_0

                timestep_range_type_0_item = _parse_timestep_range_type_0_item(timestep_range_type_0_item_data)

                timestep_range_type_0.append(timestep_range_type_0_item)

            return timestep_range_type_0

        timestep_range = _parse_timestep_range(d.pop("timestep_range", UNSET))

        _highway = d.pop("highway", UNSET)
        highway: HighwayRequest | Unset
        if isinstance(_highway, Unset):
            highway = UNSET
        else:
            highway = HighwayRequest.from_dict(_highway)

        def _parse_aspect_buckets(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            aspect_buckets_type_0 = data
            if not isinstance(aspect_buckets_type_0, bool):
                raise TypeError(f"aspect_buckets_type_0 is {type(aspect_buckets_type_0).__name__}")

            return aspect_buckets_type_0

        aspect_buckets = _parse_aspect_buckets(d.pop("aspect_buckets", UNSET))

        def _parse_horizontal_flip(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            horizontal_flip_type_0 = data
            if not isinstance(horizontal_flip_type_0, bool):
                raise TypeError(f"horizontal_flip_type_0 is {type(horizontal_flip_type_0).__name__}")

            return horizontal_flip_type_0

        horizontal_flip = _parse_horizontal_flip(d.pop("horizontal_flip", UNSET))

        def _parse_gradient_checkpointing(
            data: object,
        ) -> None | TrainingRecipeRequestGradientCheckpointingType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, str):
                raise TypeError(f"gradient_checkpointing is {type(data).__name__}")
            gradient_checkpointing_type_0 = check_training_recipe_request_gradient_checkpointing_type_0(data)

            return gradient_checkpointing_type_0

        gradient_checkpointing = _parse_gradient_checkpointing(d.pop("gradient_checkpointing", UNSET))

        training_recipe_request = cls(
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

        return training_recipe_request
