"""Inputs of the tiny network, and recipes that run in less than a second."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from services.motion.engine.job_runner import JobSignals
from shared.schemas.training import TrainingRecipe


def make_recipe(**changes: Any) -> TrainingRecipe:
    """Four steps on windows of four 32x32 frames."""
    values: dict[str, Any] = {
        "rank": 2, "alpha": 2, "learning_rate": 1e-2, "steps": 4, "batch_size": 2, "num_frames": 4, "height": 32,
        "width": 32, "seed": 7, "checkpoint_every": 2, "dropout": 0.0, "spatial_path": "none",
    }  # fmt: skip
    return TrainingRecipe.model_validate(values | changes)


def make_inputs(*, num_frames: int = 3, width: int = 16, seed: int = 0) -> dict[str, Tensor]:
    """What the network's forward takes, for a batch of two."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "sample": torch.randn((2, 4, num_frames, 4, 4), generator=generator),
        "timestep": torch.tensor([100, 700]),
        "encoder_hidden_states": torch.randn((2, 5, width), generator=generator),
    }


@torch.no_grad()
def forward(model: nn.Module, **changes: Any) -> Tensor:
    """The network's prediction for `make_inputs(**changes)`."""
    return model(**make_inputs(**changes)).sample


def make_signals(**changes: Any) -> JobSignals:
    """Signals without any request, except for `changes`."""
    nothing = {
        "is_canceled": lambda: False, "take_checkpoint_request": lambda: False, "take_preview_request": lambda: None,
    }  # fmt: skip
    return JobSignals(**nothing | changes)


def num_adapter_parameters(network: nn.Module, names: Iterable[str], *, rank: int) -> int:
    """The number of parameters of LoRA matrices of this rank for these linear layers."""
    linears = [network.get_submodule(name) for name in names]
    return sum(rank * (each.in_features + each.out_features) for each in linears)
