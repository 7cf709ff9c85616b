"""The separation bench: measurements are resumable and reproducible, and verdicts follow from the intervals."""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from bench.separation import __main__ as bench
from bench.separation import ablation, claims, design, intervals, records, report, summaries, tuning
from bench.separation.design import BASE_MODEL, DEFAULT, MOTIONS, REFERENCES, SHOTS, Arm, Cell, Study, TrainingSetup
from bench.separation.measures import Measures
from tests.tiny_base import write_tiny_base

DIRECTOR = Arm("motion-director")
CELLS = design.cells(MOTIONS, SHOTS, ablation.STUDY.seeds)


@pytest.fixture
def two_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    training = TrainingSetup("motion-director", "motion-director", {"batch_size": 1})
    monkeypatch.setitem(bench.STUDIES, "ablation", Study("ablation", (training,), (BASE_MODEL, DIRECTOR), seeds=(0,)))


def run(base: Path, results: Path, *options: str) -> list[str]:
    chosen = ["--motions", "orbiting", "--shots", "1", "--seeds", "0", "--steps", "1", "--workers", "1", *options]
    assert bench.main(["--results", str(results), "--clips", str(results), "run", "--base", str(base), *chosen]) == 0
    return (results / "records.jsonl").read_text().splitlines()


@pytest.mark.usefixtures("two_arms")
def test_a_run_is_resumable_and_reproducible(tmp_path: Path) -> None:
    base = write_tiny_base(tmp_path / "base")
    first = run(base, tmp_path / "first")
    assert len(first) == len(REFERENCES) * 2
    assert run(base, tmp_path / "first") == first
    (tmp_path / "second").mkdir()
    (tmp_path / "second/records.jsonl").write_text("\n".join(first[:3]) + "\n")
    assert sorted(run(base, tmp_path / "second")) == sorted(first)
    assert len(run(base, tmp_path / "first", "--steps", "2")) == len(first) + len(REFERENCES)


def test_the_cells_of_half_a_seed_are_balanced() -> None:
    half = CELLS[:6]
    assert {cell.motion for cell in half} == set(MOTIONS)
    assert {(cell.reference, cell.shots) for cell in half} == set(product(REFERENCES, SHOTS))
    assert len({cell.key for cell in CELLS}) == 36


def make_record(cell: Cell, arms: Sequence[Arm] = ablation.STUDY.arms, **measures: Measures) -> records.Record:
    plain = {arm.name: Measures(0.5, 0.5, 0.5, 0.5, 0.5, 0.5) for arm in arms}
    return records.Record(cell.key, "", cell.key, plain | measures, None, [])


def by_arm(found: Sequence[records.Record]) -> summaries.Cells:
    return summaries.by_arm(found, CELLS)


def test_verdicts_follow_from_the_intervals() -> None:
    better = Measures(0.5, 0.1, 0.5, 0.4, 0.5, 0.5)
    judged = claims.judge(by_arm([make_record(cell, **{DEFAULT.name: better}) for cell in CELLS[:4]]))
    words = {verdict.claim.text: verdict.word for verdict in judged}
    assert words["the default leaks at most half as much as motion-director"] == "holds"
    assert words["the default pulls at most half as much"] == "does not hold"
    assert words["the default's fidelity is higher"] == "does not hold"
    assert words["tap pulls less than motion-director"] == "undecided"


def test_only_cells_that_are_whole_count() -> None:
    half = make_record(CELLS[1])
    del half.measures[DIRECTOR.name]
    whole = summaries.only_whole(by_arm([make_record(CELLS[0]), half]))
    assert {len(found) for found in whole.values()} == {1}


def test_a_claim_is_judged_on_every_cell_that_has_both_its_arms() -> None:
    others = [make_record(cell) for cell in CELLS[2:4]]
    for record in others:
        del record.measures["tap, AH off"]
    judged = claims.judge(by_arm([*map(make_record, CELLS[:2]), *others]))
    found = {verdict.claim.text: verdict.num_cells for verdict in judged}
    assert (found["the default's fidelity is higher"], found["tap keeps the motion better"]) == (4, 2)


def test_claims_about_arms_without_measurements_are_pending() -> None:
    measured = [make_record(cell, (DIRECTOR, DEFAULT)) for cell in CELLS[:3]]
    assert {verdict.claim.better for verdict in claims.judge(by_arm(measured))} == {DEFAULT}
    assert claims.judge(by_arm(measured[:1])) == []


def test_a_report_tells_each_comparison_over_the_cells_that_it_has(tmp_path: Path) -> None:
    paper = [make_record(cell, ablation.PAPER_ARMS) for cell in CELLS[:5]]
    grown = [make_record(cell, (DEFAULT,)) for cell in design.cells(MOTIONS, report.GROWTH_SHOTS, (0,))]
    tuned = [make_record(cell, tuning.STUDY.arms) for cell in design.cells(MOTIONS, SHOTS, tuning.STUDY.seeds)[:3]]
    report.write(tmp_path, tmp_path, [*paper, *grown, *tuned], "a test")
    reported = json.loads((tmp_path / "summary.json").read_text())
    assert {name: (table["cells"], len(table["arms"])) for name, table in reported.items()} == {
        "paper": (5, len(ablation.PAPER_ARMS)),
        "beyond": (5, 2),
        "growth": (6, 4),
        "tuning": (3, len(tuning.STUDY.arms)),
    }
    assert (tmp_path / "leakage-fidelity.png").stat().st_size > 10_000
    assert "the default's fidelity is higher" in (tmp_path / "tables.md").read_text()


def test_a_training_of_another_study_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(["run", "--study", "tuning", "--trainings", "default", "tap-qko"])
    assert "no training of the study tuning: tap-qko" in capsys.readouterr().err


def test_the_tuning_has_cells_of_its_own() -> None:
    assert not {*tuning.STUDY.seeds} & {*ablation.STUDY.seeds}


@pytest.mark.parametrize("study", bench.STUDIES.values(), ids=bench.STUDIES)
def test_every_training_of_a_study_is_run(study: Study) -> None:
    assert all(study.arms_of(training) for training in study.trainings)
    assert {arm.training for arm in study.arms} - {None} == {training.name for training in study.trainings}
    assert len({arm.name for arm in study.arms}) == len(study.arms)


def test_an_interval_holds_its_mean_and_needs_two_cells() -> None:
    found = intervals.of([0.1, 0.2, 0.4, 0.9])
    assert found.mean == pytest.approx(0.4)
    assert found.low < found.mean < found.high
    assert intervals.of([0.3, 0.3]) == (0.3, 0.3, 0.3)
    by_scipy = {(0.1, 0.2, 0.4, 0.9): (0.175, 0.775), (0.0, 0.0, 0.3, 0.35, 0.4, 1.0): (0.125, 0.7)}
    for values, bounds in by_scipy.items():
        assert intervals.of(values)[1:] == pytest.approx(bounds, abs=1e-12)
    with pytest.raises(ValueError, match="two cells"):
        intervals.of([0.3])
