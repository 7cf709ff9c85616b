"""The cost of a step: a row for the reference and two of ours for each preset, and the network at full size apart."""

import json
from pathlib import Path

import torch

from bench import engine, reference
from tests.tiny_base import write_tiny_base


def test_every_row_is_measured(tmp_path: Path) -> None:
    base = write_tiny_base(tmp_path / "base")
    asked = ["--base", str(base), "--preset", "tap", "--num-steps", "1", "--device", "cpu", "--threads", "1"]
    assert engine.main([*asked, "--out", str(tmp_path / "out.json")]) == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert [row["who"] for row in found["rows"]] == ["reference", "ours", "ours, checkpointed"]
    assert all(row["seconds_per_step"] > 0 and row["preset"] == "tap" for row in found["rows"])
    assert found["rows"][0]["time_ratio"] == 1.0
    assert (found["size"]["height"], found["base_dtype"]) == (32, "float32")


def test_the_random_network_is_zeroscopes() -> None:
    network = reference.random_network(torch.device("meta"), torch.bfloat16)
    assert round(sum(each.numel() for each in network.parameters()) / 1e6, 2) == 1411.23
    assert {each.dtype for each in network.parameters()} == {torch.bfloat16}
