"""LoRA adapters in a video network: target modules of each preset, injection, activation and removal.

An adapter adds `up(down(x))` to the output of a linear layer (docs/method.md, section 2). It never changes a base
weight; after `detach` the network is as before. Its matrices are float32 whatever the dtype of the base weights is.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import get_args

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from services.motion.errors import NoTargets, SpatialPathUnsupported, Unsuitable
from services.motion.families import registry
from services.motion.families.protocol import Targets
from shared.schemas.training import Preset

KEY_PREFIX = "base_model.model."
"""Prefix of the module names in a saved peft adapter."""

MOTION = "motion"
"""Name under which the motion adapter is attached."""

SPATIAL = "spatial"
"""Target modules of the spatial path, whose adapters are trained with the motion adapter and then discarded
(docs/method.md, section 5).
"""

_PRESETS = (*get_args(Preset), SPATIAL)


def target_modules(model: nn.Module, preset: str) -> list[str]:
    """Sorted names of the linear layers that `preset` adapts; `spatial` is the spatial path.

    Raises:
        Unsuitable: there is no such preset.
        SpatialPathUnsupported: the model family has no spatial path.
        NoTargets: the network has no such layer.
    """
    if preset not in _PRESETS:
        raise Unsuitable(f"unknown preset {preset!r}; known: {', '.join(_PRESETS)}")
    owner_type, pattern = _targets(model, preset)
    owners = [name for name, module in model.named_modules() if isinstance(module, owner_type)]
    names = sorted(
        f"{owner}.{name}" if owner else name
        for owner in owners
        for name, module in model.get_submodule(owner).named_modules()
        if re.fullmatch(pattern, name) and isinstance(module, nn.Linear | LoraLayer)
    )
    if not names:
        raise NoTargets(f"{type(model).__name__} has no layer that preset {preset!r} adapts")
    return names


def _targets(model: nn.Module, preset: str) -> Targets:
    family = registry.find_family(model)
    if family is None:
        raise NoTargets(f"{type(model).__name__} belongs to no known model family")
    if preset not in family.TARGETS:
        raise SpatialPathUnsupported(f"no layer of {family.FAMILY} processes single frames, so it has no spatial path")
    return family.TARGETS[preset]


def attach(
    model: nn.Module,
    preset: str,
    *,
    rank: int,
    dropout: float = 0.0,
    name: str = MOTION,
    alpha: float | None = None,
    generator: torch.Generator | None = None,
) -> LoraConfig:
    """Inject a trainable adapter and freeze the base weights; outputs stay bit-equal until it is trained.

    `alpha` is the scale times the rank; None means the rank, which is scale 1. `generator` draws the down matrices;
    without one, torch's global generator does. Adapters that are attached already keep their state.

    Raises:
        Unsuitable: unknown preset, a rank below one, or a name that is in use.
        NoTargets: the network has no layer of the preset.
    """
    targets = target_modules(model, preset)
    if rank < 1 or name in attached(model):
        raise Unsuitable(f"rank {rank} is below one" if rank < 1 else f"an adapter named {name!r} is attached already")
    config = make_config(targets, rank=rank, alpha=rank if alpha is None else alpha, dropout=dropout)
    return inject(model, config, name=name, generator=generator)


def make_config(
    targets: Sequence[str],
    *,
    rank: int,
    alpha: float,
    dropout: float = 0.0,
    other_ranks: Mapping[str, int] | None = None,
) -> LoraConfig:
    """The peft configuration: down ~ N(0, 1/rank), up = 0.

    `other_ranks` are the ranks of those linear layers that have another one, all at the scale `alpha` / `rank`.
    """
    patterns = {
        "rank_pattern": dict(other_ranks or {}),
        "alpha_pattern": {name: other * alpha / rank for name, other in (other_ranks or {}).items()},
    }
    return LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(targets), init_lora_weights="gaussian",
        **patterns,
    )  # fmt: skip


def inject(model: nn.Module, config: LoraConfig, *, name: str, generator: torch.Generator | None = None) -> LoraConfig:
    """Inject the adapter of a peft configuration, active and trainable; base weights are frozen."""
    names, trainable = active(model), _trainable(model)
    copy = LoraConfig(**config.to_dict())  # peft changes the list of targets in place
    with torch.random.fork_rng(devices=[], enabled=generator is not None), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")  # several adapters are intended
        inject_adapter_in_model(copy, model, adapter_name=name)
    for layer in layers(model):
        if name in layer.lora_A:  # peft creates them in the dtype of the base weights
            layer.lora_A[name].float()
            layer.lora_B[name].float()
    if generator is not None:
        for key, parameter in named_parameters(model, name):
            if ".lora_A." in key:
                _draw(parameter, config.r, generator)
    for layer in layers(model):
        if name in layer.lora_dropout:
            layer.lora_dropout[name].train(model.training)
    activate(model, [*names, name], trainable=[*trainable, name])
    return config


def _draw(parameter: nn.Parameter, rank: int, generator: torch.Generator) -> None:
    drawn = torch.randn(parameter.shape, generator=generator) / rank
    with torch.no_grad():
        parameter.copy_(drawn)


def layers(model: nn.Module) -> Iterator[LoraLayer]:
    """Every adapted linear layer."""
    return (module for module in model.modules() if isinstance(module, LoraLayer))


def attached(model: nn.Module) -> list[str]:
    """Sorted names of the attached adapters."""
    return sorted({name for layer in layers(model) for name in layer.lora_A})


def active(model: nn.Module) -> list[str]:
    """Sorted names of the active adapters."""
    return sorted({name for layer in layers(model) for name in layer.active_adapters if name in layer.lora_A})


def _trainable(model: nn.Module) -> list[str]:
    return [name for name in attached(model) if any(p.requires_grad for p in parameters(model, name))]


def activate(model: nn.Module, names: Iterable[str], *, trainable: Iterable[str] = ()) -> None:
    """Make exactly the adapters `names` active and exactly the adapters `trainable` trainable."""
    names, trainable = list(names), set(trainable)
    for layer in layers(model):
        layer.set_adapter(names, inference_mode=True)
        for name, down in layer.lora_A.items():
            down.requires_grad_(name in trainable)
            layer.lora_B[name].requires_grad_(name in trainable)


def set_scale(model: nn.Module, name: str, scale: float) -> None:
    """Multiply the adapter's contribution by `scale`; 1 is as trained."""
    for layer in layers(model):
        layer.set_scale(name, scale)


def set_dropout(model: nn.Module, name: str, *, training: bool) -> None:
    """Switch the adapter's dropout on or off; the dropout of the base model does not change."""
    for layer in layers(model):
        if name in layer.lora_dropout:
            layer.lora_dropout[name].train(training)


def named_parameters(model: nn.Module, name: str) -> list[tuple[str, nn.Parameter]]:
    """The adapter's matrices by their keys in a saved peft adapter, sorted."""
    found: dict[str, nn.Parameter] = {}
    for path, layer in model.named_modules():
        if isinstance(layer, LoraLayer) and name in layer.lora_A:
            found[f"{KEY_PREFIX}{path}.lora_A.weight"] = layer.lora_A[name].weight
            found[f"{KEY_PREFIX}{path}.lora_B.weight"] = layer.lora_B[name].weight
    return sorted(found.items())


def parameters(model: nn.Module, name: str) -> list[nn.Parameter]:
    """The adapter's matrices, sorted by key."""
    return [parameter for _, parameter in named_parameters(model, name)]


def state(model: nn.Module, name: str = MOTION) -> dict[str, Tensor]:
    """A copy of the adapter's matrices on the CPU, by their keys in a saved peft adapter."""
    return {
        key: parameter.detach().to("cpu", copy=True).contiguous() for key, parameter in named_parameters(model, name)
    }


def load_state(model: nn.Module, tensors: dict[str, Tensor], *, name: str) -> None:
    """Load matrices into an attached adapter. Raises Unsuitable when names or shapes differ."""
    own = dict(named_parameters(model, name))
    if own.keys() != tensors.keys():
        differing = sorted(own.keys() ^ tensors.keys())
        raise Unsuitable(
            f"the adapter does not fit this network: {len(differing)} names differ, the first is {differing[0]}"
        )
    for key, parameter in own.items():
        if parameter.shape != tensors[key].shape:
            raise Unsuitable(f"the adapter does not fit this network: {key} is {tuple(tensors[key].shape)}")
        with torch.no_grad():
            parameter.copy_(tensors[key])


def detach(model: nn.Module, name: str) -> None:
    """Remove the adapter. After the last one is removed the original linear layers are restored."""
    for path, layer in list(model.named_modules()):
        if isinstance(layer, LoraLayer) and name in layer.lora_A:
            layer.delete_adapter(name)
            if not layer.lora_A:
                owner, _, child = path.rpartition(".")
                setattr(model.get_submodule(owner), child, layer.get_base_layer())
    configs = getattr(model, "peft_config", {})
    configs.pop(name, None)
    if not configs and hasattr(model, "peft_config"):
        del model.peft_config
