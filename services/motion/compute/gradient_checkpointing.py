"""What a forward pass keeps for its backward pass, and gradient checkpointing: keeping less and computing it again.

Checkpointing trades about a third more time for most of the activations' memory (Chen et al. 2016). Gradients are the
same to the bit, so the choice may differ between machines and between a run and its resumption.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils.checkpoint import checkpoint

from shared.schemas.training import GradientCheckpointing

ROOM = 0.7
"""The share of the free memory that activations may take; gradients and kernels' workspaces need the rest."""


def recomputed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose intermediate results are computed again when gradients need them."""

    def run(*inputs: Any, **options: Any) -> Any:
        if not torch.is_grad_enabled():
            return function(*inputs, **options)
        return checkpoint(function, *inputs, use_reentrant=False, **options)

    return run


def should_recompute(choice: GradientCheckpointing, *, needed: Callable[[], int], free: int | None) -> bool:
    """Whether to checkpoint: as `choice` says, or for `auto` when a step would keep more than ROOM of what is free.

    Both in bytes. `needed` is asked for `auto` only. Where nobody counts (`free` is None, on a CPU) `auto` is off.
    """
    if choice != "auto":
        return choice == "on"
    return free is not None and needed() > ROOM * free


def free_bytes(device: torch.device) -> int | None:
    """The accelerator's memory that a step can have, with what this process holds and does not use; None on a CPU."""
    if device.type != "cuda":
        return None
    unclaimed, _ = torch.cuda.mem_get_info(device)
    return unclaimed + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


class Tally:
    """How many bytes a forward pass wanted to keep."""

    num_bytes: int = 0


@contextmanager
def weighed(network: nn.Module) -> Generator[Tally]:
    """Count what forward passes inside the block keep beside the network's own weights, and keep none of it.

    So it costs no more memory than a pass without gradients. Going backward from inside the block is impossible.
    """
    tally, weights = Tally(), {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    seen: dict[int, StorageWeakRef] = {}

    def weigh(tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        address = storage.data_ptr()
        if address in weights or (address in seen and not seen[address].expired()):
            return
        seen[address] = StorageWeakRef(storage)
        tally.num_bytes += storage.nbytes()

    def refuse(_nothing: None) -> Tensor:
        raise RuntimeError("this pass was weighed: it kept nothing to go back with")

    with torch.autograd.graph.saved_tensors_hooks(weigh, refuse):
        yield tally
