"""The explanation below the demo's table: a cause only where the run measured its effect."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from deploy.demo.report import ArmResult, Outcome, Video, explanation
from services.motion.evaluation.metrics.exact import Scores


def outcome(ours: Scores, baseline: Scores, phases: tuple[float, float]) -> Outcome:
    arms = [
        _arm(name, scores, phase)
        for name, scores, phase in zip(("Choreo", "MotionDirector"), (ours, baseline), phases, strict=True)
    ]
    return Outcome([*arms, _arm("base model", baseline, 1.0)], 1.0, None, Path("a"), Path("b"), 1.0)


def _arm(name: str, scores: Scores, phase: float) -> ArmResult:
    job: Any = SimpleNamespace(spec=SimpleNamespace(phase=phase))
    return ArmResult(name, None, None, [Video(Path("v"), cast(Any, job), np.zeros((1, 1, 1, 3), np.uint8), scores)])


def test_the_cause_is_stated_with_the_settings_of_the_run():
    text = explanation(outcome(Scores(1.0, 0.0, 0.9), Scores(0.4, 0.2, 0.9), (0.3, 0.9)))
    assert text.startswith(
        "Why: MotionDirector's adapter takes part in 90% of the denoising steps, Choreo's in the first 30%"
    )


@pytest.mark.parametrize("baseline", [Scores(1.0, 0.2, 0.9), Scores(0.4, 0.0, 0.9), Scores(1.0, 0.0, 0.9)])
def test_without_the_effect_no_cause_is_stated(baseline: Scores):
    text = explanation(outcome(Scores(1.0, 0.0, 0.9), baseline, (0.3, 0.9)))
    assert "Why" not in text
    assert "not both better" in text
