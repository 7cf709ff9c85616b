"""The separation bench: what it measures is resumable and repeats, and its verdicts follow from the intervals."""

from itertools import product
from pathlib import Path

import pytest

from bench.separation import __main__ as bench
from bench.separation import design, intervals, records, report
from bench.separation.design import Arm, Cell, Teaching
from bench.separation.measures import Measures
from tests.tiny_base import write_tiny_base

DIRECTOR = Arm("motion-director")


@pytest.fixture
def two_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design, "TEACHINGS", (Teaching("motion-director", "motion-director", {"batch_size": 1}),))
    monkeypatch.setattr(design, "ARMS", (design.UNTAUGHT, DIRECTOR))


def run(base: Path, results: Path, *options: str) -> list[str]:
    chosen = ["--motions", "orbiting", "--shots", "1", "--seeds", "0", "--steps", "1", "--workers", "1", *options]
    assert bench.main(["--results", str(results), "--clips", str(results), "run", "--base", str(base), *chosen]) == 0
    return (results / "records.jsonl").read_text().splitlines()


@pytest.mark.usefixtures("two_arms")
def test_a_run_goes_on_where_it_was_and_repeats(tmp_path: Path) -> None:
    base = write_tiny_base(tmp_path / "base")
    first = run(base, tmp_path / "first")
    assert len(first) == len(design.REFERENCES) * 2
    assert run(base, tmp_path / "first") == first
    (tmp_path / "second").mkdir()
    (tmp_path / "second/records.jsonl").write_text("\n".join(first[:3]) + "\n")
    assert sorted(run(base, tmp_path / "second")) == sorted(first)
    assert len(run(base, tmp_path / "first", "--steps", "2")) == len(first) + len(design.REFERENCES)


def test_the_cells_of_half_a_seed_are_balanced() -> None:
    half = design.cells()[:6]
    assert {cell.motion for cell in half} == set(design.MOTIONS)
    assert {(cell.reference, cell.shots) for cell in half} == set(product(design.REFERENCES, design.SHOTS))
    assert len({cell.key for cell in design.cells()}) == 36


def make_record(cell: int, **measures: Measures) -> records.Record:
    arms = {arm.name: Measures(0.5, 0.5, 0.5, 0.5, 0.5, 0.5) for arm in design.ARMS}
    return records.Record(f"{cell}", "", Cell("orbiting", design.REFERENCES[0], 1, cell).key, arms | measures, None, [])


def test_verdicts_follow_from_the_intervals() -> None:
    better = Measures(0.5, 0.1, 0.5, 0.4, 0.5, 0.5)
    cells = report.by_arm([make_record(cell, **{design.DEFAULT.name: better}) for cell in range(4)])
    words = {verdict.claim.text: verdict.word for verdict in report.judge(cells)}
    assert words["the default leaks at most half as much as motion-director"] == "holds"
    assert words["the default pulls at most half as much"] == "does not hold"
    assert words["the default's fidelity is higher"] == "does not hold"
    assert words["tap pulls less than motion-director"] == "undecided"


def test_only_cells_that_are_whole_count() -> None:
    half = make_record(1)
    del half.measures[DIRECTOR.name]
    cells = report.by_arm([make_record(0), half])
    assert {len(found) for found in report.only_whole(cells).values()} == {1}


def test_a_claim_is_judged_on_every_cell_that_has_both_its_arms() -> None:
    others = [make_record(cell) for cell in range(1, 3)]
    for record in others:
        del record.measures["tap, AH off"]
    cells = report.by_arm([make_record(0), make_record(3), *others])
    found = {verdict.claim.text: verdict.num_cells for verdict in report.judge(cells)}
    assert (found["the default's fidelity is higher"], found["tap keeps the motion better"]) == (4, 2)


def test_claims_about_arms_that_nobody_measured_wait() -> None:
    measured = [make_record(cell) for cell in range(3)]
    for record in measured:
        for arm in [arm for arm in record.measures if arm not in (DIRECTOR.name, design.DEFAULT.name)]:
            del record.measures[arm]
    judged = report.judge(report.by_arm(measured))
    assert {verdict.claim.better.name for verdict in judged} == {design.DEFAULT.name}
    assert report.judge(report.by_arm(measured[:1])) == []


def test_an_interval_holds_its_mean_and_needs_two_cells() -> None:
    found = intervals.of([0.1, 0.2, 0.4, 0.9])
    assert found.mean == pytest.approx(0.4)
    assert found.low < found.mean < found.high
    assert intervals.of([0.3, 0.3]) == (0.3, 0.3, 0.3)
    with pytest.raises(ValueError, match="two cells"):
        intervals.of([0.3])
