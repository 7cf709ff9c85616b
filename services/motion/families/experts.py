"""Wan 2.2's pair of transformers as one network: each sample goes through the one that is made for its noise level."""

from typing import Any

import torch
from torch import Tensor, nn


class Experts(nn.Module):
    """`transformer` for timesteps from `boundary` upwards, `transformer_2` below, by the names their folders have."""

    def __init__(self, transformer: nn.Module, transformer_2: nn.Module, *, boundary: float) -> None:
        """`boundary` is a timestep."""
        super().__init__()
        self.transformer, self.transformer_2, self.boundary = transformer, transformer_2, boundary

    @property
    def config(self) -> Any:
        """The first one's, which is the second one's too."""
        return self.transformer.config

    def forward(
        self, noisy_BCFHW: Tensor, timestep_B: Tensor, text_BSD: Tensor, *, return_dict: bool = False
    ) -> tuple[Tensor]:
        """The velocity B x C x F x H x W, in a tuple of one as the transformers give it without a dictionary."""
        high_B = timestep_B >= self.boundary
        answers: list[Tensor] = []
        for expert, chosen_B in ((self.transformer, high_B), (self.transformer_2, ~high_B)):
            if chosen_B.any():
                inputs = noisy_BCFHW[chosen_B], timestep_B[chosen_B], text_BSD[chosen_B]
                answers.append(expert(*inputs, return_dict=return_dict)[0])
        order_B = torch.argsort(high_B.int(), descending=True, stable=True)  # as the answers lie: the high ones first
        return (torch.cat(answers)[torch.argsort(order_B)],)
