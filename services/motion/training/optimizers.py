"""One AdamW optimizer for each adapter, with a state that is saved and restored bit-exactly."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from services.motion.errors import CheckpointMismatch
from services.motion.method import adapters
from shared.schemas.training import TrainingRecipe


class Optimizers:
    """The optimizers of the adapters `names`; each updates the matrices of its adapter only."""

    def __init__(self, model: nn.Module, names: Sequence[str], recipe: TrainingRecipe) -> None:
        self._matrices = {name: dict(adapters.named_parameters(model, name)) for name in names}
        self._optimizers = {
            name: torch.optim.AdamW(
                list(matrices.values()), lr=recipe.learning_rate, betas=(0.9, 0.999), weight_decay=recipe.weight_decay
            )
            for name, matrices in self._matrices.items()
        }

    def gradients(self, name: str) -> list[Tensor]:
        """The gradients of one adapter's matrices."""
        return [matrix.grad for matrix in self._matrices[name].values() if matrix.grad is not None]

    def step(self, name: str) -> None:
        """Update one adapter and clear the gradients of all."""
        self._optimizers[name].step()
        for optimizer in self._optimizers.values():
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """Copies of all matrices and of AdamW's state of them, by name, on the CPU."""
        return {key: value.detach().to("cpu", copy=True).contiguous() for key, value in self._tensors().items()}

    def _tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name, matrices in self._matrices.items():
            for key, matrix in matrices.items():
                found[f"{name}/{key}/value"] = matrix
                moments: dict[str, Any] = self._optimizers[name].state.get(matrix, {})
                found |= {f"{name}/{key}/{part}": value for part, value in moments.items()}
        return found

    @torch.no_grad()
    def load_state(self, tensors: dict[str, Tensor]) -> None:
        """Restore the result of `state`. Raises CheckpointMismatch if it belongs to other adapters."""
        left = dict(tensors)
        for name, matrices in self._matrices.items():
            for key, matrix in matrices.items():
                prefix = f"{name}/{key}/"
                parts = {part.removeprefix(prefix): left.pop(part) for part in list(left) if part.startswith(prefix)}
                if "value" not in parts or parts["value"].shape != matrix.shape:
                    raise CheckpointMismatch(f"the checkpoint has no {prefix}value of shape {tuple(matrix.shape)}")
                matrix.copy_(parts.pop("value"))
                self._load_moments(name, matrix, parts)
        if left:
            raise CheckpointMismatch(f"the checkpoint belongs to another adapter: {next(iter(left))}")

    def _load_moments(self, name: str, matrix: nn.Parameter, parts: dict[str, Tensor]) -> None:
        if parts:  # AdamW keeps its counter `step` on the CPU
            moments = {part: value if part == "step" else value.to(matrix.device) for part, value in parts.items()}
            self._optimizers[name].state[matrix] = {part: value.clone() for part, value in moments.items()}
