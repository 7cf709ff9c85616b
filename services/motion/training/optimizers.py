"""One AdamW for each adapter, with a state that goes through safetensors and comes back to the bit."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from services.motion.errors import CheckpointMismatch
from services.motion.method import adapters
from shared.schemas.training import TrainingRecipe


class Optimizers:
    """The optimisers of the adapters `names`; each steps its own matrices only."""

    def __init__(self, model: nn.Module, names: Sequence[str], recipe: TrainingRecipe) -> None:
        self._matrices = {name: dict(adapters.named_parameters(model, name)) for name in names}
        self._optimizers = {
            name: torch.optim.AdamW(
                list(matrices.values()), lr=recipe.learning_rate, betas=(0.9, 0.999), weight_decay=recipe.weight_decay
            )
            for name, matrices in self._matrices.items()
        }

    def step(self, name: str) -> None:
        """Step one adapter and forget every adapter's gradients."""
        self._optimizers[name].step()
        for optimizer in self._optimizers.values():
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """Copies of all matrices and of what AdamW remembers of them, by name."""
        return {key: value.detach().to("cpu", copy=True).contiguous() for key, value in self._tensors().items()}

    def _tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name, matrices in self._matrices.items():
            for key, matrix in matrices.items():
                found[f"{name}/{key}/value"] = matrix
                memory: dict[str, Any] = self._optimizers[name].state.get(matrix, {})
                found |= {f"{name}/{key}/{part}": value for part, value in memory.items()}
        return found

    @torch.no_grad()
    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Restore what `state` gave. Raises CheckpointMismatch when it is of other adapters."""
        left = dict(tensors)
        for name, matrices in self._matrices.items():
            for key, matrix in matrices.items():
                prefix = f"{name}/{key}/"
                parts = {part.removeprefix(prefix): left.pop(part) for part in list(left) if part.startswith(prefix)}
                if "value" not in parts or parts["value"].shape != matrix.shape:
                    raise CheckpointMismatch(f"the checkpoint has no {prefix}value of shape {tuple(matrix.shape)}")
                matrix.copy_(parts.pop("value"))
                self._remember(name, matrix, parts)
        if left:
            raise CheckpointMismatch(f"the checkpoint is of another adapter: {next(iter(left))}")

    def _remember(self, name: str, matrix: nn.Parameter, parts: dict[str, Tensor]) -> None:
        if parts:  # `step` is a counter that AdamW keeps on the CPU
            memory = {part: value if part == "step" else value.to(matrix.device) for part, value in parts.items()}
            self._optimizers[name].state[matrix] = {part: value.clone() for part, value in memory.items()}
