"""Where the parts of a base are: at home, on the device that computes, or aside, in the host's memory.

Once clips and captions are encoded, training needs neither the autoencoder nor the text encoder, and their memory is
worth more to the network's activations.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import torch
from torch import nn

Move = Callable[[nn.Module, torch.device], None]

ASIDE = torch.device("cpu")


def move(part: nn.Module, device: torch.device) -> None:
    """Move a part's weights, as torch does."""
    part.to(device)


class Offload:
    """Keeps track of which parts are aside. On a CPU nothing ever moves: there is one memory."""

    def __init__(self, home: torch.device, *, move: Move = move) -> None:
        """`move` does the moving."""
        self.home, self._move = home, move
        self._away: set[nn.Module] = set()
        self._unwanted: set[nn.Module] = set()

    @contextmanager
    def without(self, *parts: nn.Module) -> Generator[None]:
        """The parts are aside inside the block, but for the moments in which they are needed.

        After it they come home when they are next needed and no sooner: an error that ends the block may still hold
        the memory that they would take.
        """
        entering = set() if self.home.type == ASIDE.type else set(parts) - self._unwanted
        self._unwanted |= entering
        try:
            for part in entering:
                self._send(part)
            yield
        finally:
            self._unwanted -= entering

    @contextmanager
    def needed(self, part: nn.Module) -> Generator[None]:
        """The part is home inside the block."""
        if part in self._away:
            self._move(part, self.home)
            self._away.discard(part)
        try:
            yield
        finally:
            if part in self._unwanted:
                self._send(part)

    def _send(self, part: nn.Module) -> None:
        if part not in self._away:
            self._move(part, ASIDE)
            self._away.add(part)
