"""The computed memory of base models: the count of live tensors, and the parameters of the real architectures."""

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from bench.gpu_memory import ARCHITECTURES, Peak

MILLIONS = {
    "ZeroScope v2, ModelScope 1.7b": 1411,
    "AnimateDiff v1-5-3 on SD 1.5": 1277,
    "Wan2.1 1.3B": 1419,
    "Wan2.2 A14B": 14288,
}


def test_the_peak_is_of_tensors_that_are_alive_together_without_the_weights():
    with FakeTensorMode():
        linear = nn.Linear(1000, 1000, bias=False)
        with Peak(linear) as peak, torch.no_grad():
            first = torch.empty(1, 1000)
            second = linear(first)
            del first
            third = second * 2
            del second, third
    assert peak.bytes == 2 * 4000
    assert peak.now == 0


def test_the_networks_have_the_published_numbers_of_parameters():
    with FakeTensorMode():
        found = {
            each.name: sum(parameter.numel() for parameter in each.network().parameters()) for each in ARCHITECTURES
        }
    assert {name: round(count / 1e6) for name, count in found.items()} == MILLIONS
