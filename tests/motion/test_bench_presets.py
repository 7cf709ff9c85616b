"""The comparison of presets: a row for the base untaught and one for each preset and mode, the same each time."""

import json
from pathlib import Path

from bench import presets
from tests.tiny_base import write_tiny_base


def test_every_row_is_measured_and_repeats(tmp_path: Path) -> None:
    base = write_tiny_base(tmp_path / "base")
    asked = ["--base", str(base), "--preset", "tap", "--highway", "off", "full", "--set", "steps=2", "--threads", "1"]
    for name in ("first", "second"):
        assert presets.main([*asked, "--out", str(tmp_path / name)]) == 0
    found = json.loads((tmp_path / "first").read_text())
    assert [(row["preset"], row["highway"]) for row in found["rows"]] == [
        ("untaught", "off"),
        ("tap", "off"),
        ("tap", "full"),
    ]
    assert [row.get("steps") for row in found["rows"]] == [None, 2, 2]
    assert all(0 <= row["motion_fidelity"] <= 1 for row in found["rows"])
    assert found["rows"] == json.loads((tmp_path / "second").read_text())["rows"]
