"""Offload: keeps components of a base model in host memory while they are not needed on the compute device.

After clips and captions are encoded, a training needs neither the autoencoder nor the text encoder, and the network's
activations need their memory.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import torch
from torch import nn

MoveModule = Callable[[nn.Module, torch.device], None]

HOST = torch.device("cpu")


def move_module(module: nn.Module, device: torch.device) -> None:
    """Move a module's weights with `nn.Module.to`."""
    module.to(device)


class Offload:
    """Tracks which modules are in host memory. Does nothing when the compute device is the CPU."""

    def __init__(self, device: torch.device, *, move: MoveModule = move_module) -> None:
        """`device` is the compute device."""
        self.device, self._move = device, move
        self._on_host: set[nn.Module] = set()
        self._to_offload: set[nn.Module] = set()

    @contextmanager
    def offloaded(self, *modules: nn.Module) -> Generator[None]:
        """The modules are in host memory inside the block, except inside `on_device`.

        After the block a module returns when `on_device` next needs it, and no sooner: an error that ends the block
        may still hold the memory that the module needs.
        """
        entering = set() if self.device.type == HOST.type else set(modules) - self._to_offload
        self._to_offload |= entering
        try:
            for module in entering:
                self._move_to_host(module)
            yield
        finally:
            self._to_offload -= entering

    @contextmanager
    def on_device(self, module: nn.Module) -> Generator[None]:
        """The module is on the compute device inside the block."""
        if module in self._on_host:
            self._move(module, self.device)
            self._on_host.discard(module)
        try:
            yield
        finally:
            if module in self._to_offload:
                self._move_to_host(module)

    def _move_to_host(self, module: nn.Module) -> None:
        if module not in self._on_host:
            self._move(module, HOST)
            self._on_host.add(module)
