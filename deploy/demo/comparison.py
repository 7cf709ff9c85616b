"""The comparison: three ways to generate a motion, each through the API with the Python SDK.

- *Choreo*: the base model's defaults.
- *MotionDirector*: the baseline of docs/decisions/separation.md. It adapts every projection of the temporal attention
  and the feed-forward layers, and its adapter takes part in every denoising step; the Appearance Highway is off.
- *base model*: no adapter.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from choreo import Choreo, Highway, Job, Recipe
from choreo.models import GenerationJob, TrainingJob
from deploy.demo import reference_clips
from deploy.demo.progress import OverallProgress
from deploy.demo.reference_clips import MOTION, REFERENCE, SUBJECTS
from deploy.demo.report import ArmResult, Video
from deploy.demo.saved_run import SavedRun
from services.motion.evaluation.metrics import exact

SEEDS = (11, 12, 13)
"""One for each subject, the same for every arm, so that arms start from the same noise."""

UPLOAD_SECONDS, TRAINING_SECONDS, GENERATION_SECONDS = 2.0, 75.0, 2.0
"""What a step takes on two idle cores; the progress line weighs steps with it."""


class Arm(NamedTuple):
    """One way to generate. A `recipe` of None trains nothing; other fields of None take the base model's default."""

    name: str
    recipe: Mapping[str, Any] | None
    phase: float | None = None
    highway: Highway | None = None

    @property
    def slug(self) -> str:
        """The name in file names and idempotency keys."""
        return self.name.lower().replace(" ", "-")


ARMS = (
    Arm("Choreo", {}),
    Arm(
        "MotionDirector",
        {"preset": "motion-director", "timestep_range": [0.6, 1.0]},
        phase=1.0,
        highway=Highway(mode="off"),
    ),
    Arm("base model", None, phase=1.0, highway=Highway(mode="off")),
)
TOTAL_SECONDS = UPLOAD_SECONDS + sum(
    (TRAINING_SECONDS if arm.recipe is not None else 0.0) + GENERATION_SECONDS * len(SUBJECTS) for arm in ARMS
)


class Comparison:
    """Runs every arm on one service; repeated with the same `run`, it continues where an earlier process ended."""

    def __init__(
        self, choreo: Choreo, run: SavedRun, progress: OverallProgress, *, videos: Path, webhook_url: str
    ) -> None:
        """`videos` is the folder for generated videos."""
        self._choreo, self._run, self._progress = choreo, run, progress
        self._videos, self._webhook_url = videos, webhook_url

    def __call__(self) -> list[ArmResult]:
        """Upload, train and generate; one result for each arm, in order.

        Raises:
            ChoreoError: the service refused a request, or a job failed.
        """
        self._progress.begin("uploading the reference clips", UPLOAD_SECONDS)
        files = reference_clips.files()
        clips = [self._choreo.clips.upload(file, idempotency_key=self._run.key(file.stem)).id for file in files]
        concept = self._choreo.concepts.create(f"{MOTION} ({self._run.run})", idempotency_key=self._run.key("concept"))
        reference_paths = exact.paths_of([reference_clips.read(file) for file in files])
        return [self._arm(arm, concept.id, clips, reference_paths) for arm in ARMS]

    def _arm(self, arm: Arm, concept: str, clips: Sequence[str], reference_paths: Sequence[exact.PathF2]) -> ArmResult:
        training = self._train(arm, arm.recipe, concept, clips) if arm.recipe is not None else None
        made = training.result if training else None
        version = f"{made.concept_id}@{made.version}" if made else None
        videos = [self._generate(arm, version, index, reference_paths) for index in range(len(SUBJECTS))]
        return ArmResult(arm.name, training, version, videos)

    def _train(self, arm: Arm, recipe: Mapping[str, Any], concept: str, clips: Sequence[str]) -> TrainingJob:
        self._progress.begin(f"{arm.name}: training", TRAINING_SECONDS)
        caption = REFERENCE.caption(MOTION)
        training = self._choreo.trainings.create(
            concept,
            [(clip, caption) for clip in clips],
            recipe=Recipe(seed=0, **recipe),
            evaluate=False,  # the demo measures the same prompts for every arm
            webhook_url=self._webhook_url,
            idempotency_key=self._run.key(f"train-{arm.slug}"),
        )
        return training.wait(self._shown())

    def _generate(self, arm: Arm, version: str | None, index: int, reference_paths: Sequence[exact.PathF2]) -> Video:
        subject = SUBJECTS[index]
        self._progress.begin(f"{arm.name}: generating a {subject.colour} {subject.shape}", GENERATION_SECONDS)
        generation = self._choreo.generations.create(
            subject.caption(MOTION),
            concept=version,
            seed=SEEDS[index],
            highway=arm.highway,
            phase=arm.phase,
            webhook_url=self._webhook_url,
            idempotency_key=self._run.key(f"generate-{arm.slug}-{index}"),
        )
        job: GenerationJob = generation.wait(self._shown())
        file = generation.download(self._videos / f"{arm.slug}-{index + 1}-{subject.colour}-{subject.shape}.mp4")
        frames = reference_clips.read(file)
        return Video(file, job, frames, exact.score(frames, subject, REFERENCE, reference_paths))

    def _shown(self) -> Callable[[Job], None]:
        """Shows a job's progress; a job that has ended when it is first read, in an earlier run, is not timed."""
        states: list[str] = []

        def show(job: Job) -> None:
            if job.state == "succeeded" and "running" not in states:
                self._progress.skip()
            states.append(job.state)
            progress = job.progress
            steps = f"step {progress.step} of {progress.total_steps}" if progress.total_steps else ""
            self._progress.update(float(progress.fraction or 0.0), steps)

        return show
