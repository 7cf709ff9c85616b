"""The cost of a step: rows of the reference and of this project for each part, and the network at full size."""

import json
from pathlib import Path

import pytest
import torch

from bench import clips, engine, reference, sampling
from tests.tiny_base import write_tiny_base


def test_every_row_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "NUM_CLIPS", (1, 3))
    base = write_tiny_base(tmp_path / "base")
    arguments = ["--base", str(base), "--preset", "tap", "--num-steps", "1", "--device", "cpu", "--threads", "1"]
    assert engine.main([*arguments, "--out", str(tmp_path / "out.json")]) == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert [row["who"] for row in found["training"]] == ["reference", "ours", "ours, checkpointed"]
    assert all(row["preset"] == "tap" for row in found["training"])
    strategies = [strategy.name for strategy in sampling.STRATEGIES]
    assert [row["strategy"] for row in found["sampling"]] == ["reference", *strategies]
    assert [row["num_clips"] for row in found["clips"]] == [*clips.NUM_CLIPS]
    rows = [*found["training"], *found["sampling"], *found["clips"]]
    assert all(row["seconds_per_step"] > 0 for row in rows)
    assert {found[part][0]["time_ratio"] for part in ("training", "sampling", "clips")} == {1.0}
    assert (found["size"]["height"], found["base_dtype"]) == (32, "float32")


def test_the_random_network_is_zeroscopes() -> None:
    network = reference.random_network(torch.device("meta"), torch.bfloat16)
    assert round(sum(each.numel() for each in network.parameters()) / 1e6, 2) == 1411.23
    assert {each.dtype for each in network.parameters()} == {torch.bfloat16}
