"""Gradient checkpointing: discard activations in the forward pass and recompute them in the backward pass.

It takes about a third more time for most of the activations' memory (Chen et al. 2016). Gradients are the same to the
bit, so the choice may differ between machines, and between a training and its resumption.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils.checkpoint import checkpoint

from shared.schemas.training import GradientCheckpointing

MAX_ACTIVATION_SHARE = 0.7
"""The share of the free memory that activations may use; gradients and kernel workspaces need the rest."""


def with_recomputation(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with gradient checkpointing."""

    def run(*inputs: Any, **options: Any) -> Any:
        if not torch.is_grad_enabled():
            return function(*inputs, **options)
        return checkpoint(function, *inputs, use_reentrant=False, **options)

    return run


def is_wanted(choice: GradientCheckpointing, *, activation_bytes: Callable[[], int], free: int | None) -> bool:
    """Whether to use gradient checkpointing: `on`, `off`, or for `auto` when activations would not fit.

    For `auto` the activations of a step are compared with MAX_ACTIVATION_SHARE of `free`, both in bytes;
    `activation_bytes` is called in this case only. `auto` is off when `free` is None, on a CPU.
    """
    if choice != "auto":
        return choice == "on"
    return free is not None and activation_bytes() > MAX_ACTIVATION_SHARE * free


def free_bytes(device: torch.device) -> int | None:
    """The accelerator's free memory plus the memory that this process has reserved and not used; None on a CPU."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


class SavedBytes:
    """The number of bytes that forward passes save for the backward pass."""

    num_bytes: int = 0


@contextmanager
def count_saved_bytes(network: nn.Module) -> Generator[SavedBytes]:
    """Count the bytes that forward passes inside the block save, without the network's weights, and discard them.

    Such a pass needs no more memory than one without gradients. A backward pass from inside the block is impossible.
    """
    saved, weights = SavedBytes(), {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    seen: dict[int, StorageWeakRef] = {}

    def count(tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        address = storage.data_ptr()
        if address in weights or (address in seen and not seen[address].expired()):
            return
        seen[address] = StorageWeakRef(storage)
        saved.num_bytes += storage.nbytes()

    def refuse(_nothing: None) -> Tensor:
        raise RuntimeError("no backward pass: this forward pass counted its saved tensors and discarded them")

    with torch.autograd.graph.saved_tensors_hooks(count, refuse):
        yield saved
