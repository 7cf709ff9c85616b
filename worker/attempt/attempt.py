"""One attempt at one job: inputs down, engine run, lease kept, results up. It writes nothing once it is fenced."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from services.jobs.state.logs import LogEntry, MetricSample
from services.jobs.state.types import Checkpoint, ClaimedJob, Outcome
from services.motion.engine.client import EngineDied
from services.motion.engine.messages import (
    CanceledEvent,
    CheckpointEvent,
    EngineRequest,
    FailedEvent,
    PreviewEvent,
    ProgressEvent,
    RequestClip,
    ResultEvent,
)
from services.storage.port import AlreadyExists, StorageError
from shared.errors import Fenced, NotFound
from shared.schemas.common import StoredFile
from shared.schemas.job import JobError, Progress, Usage
from worker.attempt import manifest, transfers
from worker.attempt.context import WorkerContext
from worker.attempt.fault_injection import inject_fault
from worker.attempt.heartbeat import Heartbeat, LeaseStatus
from worker.attempt.log_buffer import Journal
from worker.attempt.preview_requests import Previews
from worker.attempt.provenance import stamp
from worker.attempt.stopping import EngineStopper, Stopped, StopReason

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
ADAPTER, NOISE = "adapter.safetensors", "inverted_noise.safetensors"
ENGINE_READS = (ADAPTER, NOISE)
"""The files of a version that a generation or an evaluation needs."""
MEASURED = ("metrics", "base_metrics", "not_measured")
"""The parts of a report that go into the record."""


class Attempt:
    """Carries out one claimed job."""

    def __init__(self, job: ClaimedJob, context: WorkerContext, folder: Path) -> None:
        """`folder` is empty and this attempt's own."""
        self.job = job
        self._context, self._folder = context, folder
        self._begun: float | None = None
        self._peak_memory = 0
        self._place = job.checkpoint.files if job.checkpoint else ()
        self._checkpoints_asked = job.checkpoints_asked
        self._previews = Previews(job, context.job_store, context.store, context.engine)
        settings = context.settings
        self._journal = Journal(
            self._write_journal, context.clock, every=settings.heartbeat_seconds, listen=self._overhear
        )
        self._heart = Heartbeat(
            lambda progress: context.job_store.beat(job, progress=progress, usage=self.usage),
            beat_seconds=settings.heartbeat_seconds,
            lease_seconds=settings.lease_seconds,
            listen=self._hears,
        )

    @property
    def usage(self) -> Usage:
        """What the attempt has cost so far: seconds with the engine at work, and its peak memory."""
        seconds = time.monotonic() - self._begun if self._begun is not None else 0.0
        return Usage(gpu_seconds=seconds, peak_memory_bytes=self._peak_memory)

    def run(self) -> None:
        """Run it to its end and tell the record.

        Raises:
            Stopped: it was told to stop, and the engine has.
            EngineDied: the engine process is gone.
            StorageError: an input could not be fetched or a result not be stored.
            Fenced: the record refused the result.
        """
        with self._heart:
            try:
                self._run()
            finally:
                self._journal.write()

    def _run(self) -> None:
        self._journal.say(f"attempt {self.job.attempt} begins" + self._where_from())
        if self._context.settings.fault_injection:
            inject_fault(self.job, self._context.job_store)
        request = self._prepare()
        self._begun = time.monotonic()
        self._context.engine.submit(request)
        end = self._end_of_engine()
        if isinstance(end, FailedEvent):
            if end.fault == "service":
                self._context.registration.cooled()  # the engine forgets what an error may have spoilt
            error = JobError(code=end.code, message=end.message, retryable=end.retryable, fault=end.fault)
            self._journal.say(f"failed, {end.code}: {end.message}", "error")
            self._heart.stop()
            self._context.job_store.fail(self.job, error, self.usage)
        else:
            self._context.registration.warmed(self.job.spec.base_model)
            self._hand_over(end)

    def _write_journal(self, lines: Sequence[LogEntry], points: Sequence[MetricSample]) -> None:
        if self._heart.order is not LeaseStatus.FENCED:
            self._context.job_store.journal(self.job, lines, points)

    def _overhear(self) -> list[str]:
        return [f"engine: {line}" for line in self._context.engine.new_log_lines()] if self._begun is not None else []

    def _where_from(self) -> str:
        return f", from the checkpoint of step {self.job.checkpoint.step}" if self.job.checkpoint else ""

    def _prepare(self) -> EngineRequest:
        job, folder = self.job, self._folder
        clips = {f"clip-{index}.mp4": clip.key for index, clip in enumerate(job.clips)}
        adapter = {file.name: file.key for file in job.adapter if file.name in ENGINE_READS}
        checkpoint = {file.name: file.key for file in job.checkpoint.files} if job.checkpoint else {}
        videos = self._fetch(clips, folder / "clips")
        self._fetch(adapter, folder / "adapter")
        self._fetch(checkpoint, folder / "checkpoint")
        return EngineRequest(
            job_id=job.id,
            attempt=job.attempt,
            kind=job.kind,
            spec=job.spec.model_dump(mode="json"),
            base_model=job.spec.base_model,
            base_folder=self._context.settings.base_models[job.spec.base_model],
            clips=[
                RequestClip(path=video, caption=clip.caption)
                for video, clip in zip(videos.values(), job.clips, strict=True)
            ],
            adapter=folder / "adapter" if ADAPTER in adapter else None,
            inverted_noise=folder / "adapter" / NOISE if NOISE in adapter else None,
            resume_from=folder / "checkpoint" if checkpoint else None,
            workdir=folder / "out",
            missing_clips=list(job.missing_clips),
            clip_model=self._context.settings.clip_model,
            xclip_model=self._context.settings.xclip_model,
        )

    def _fetch(self, keys: dict[str, str], folder: Path) -> dict[str, Path]:
        self._stop_if_told()
        return transfers.download(self._context.store, keys, folder) if keys else {}

    def _end_of_engine(self) -> ResultEvent | FailedEvent:
        """How the engine ended the job. However this is left, the engine is not at work on the job any more."""
        try:
            return self._watch()
        except (Stopped, EngineDied):
            raise
        except BaseException:
            self._context.engine.kill()
            raise

    def _watch(self) -> ResultEvent | FailedEvent:
        """Follow the engine to the end of the job, or until it has stopped."""
        stopping: EngineStopper | None = None
        while True:
            why = self._told()
            if why and stopping is None:
                stopping = EngineStopper(
                    why, self._context.engine, self.job.kind, self._context.settings.cancel_grace_seconds
                )
            if stopping:
                stopping.insist()
            if stopping is None:
                self._pass_on()
            self._journal.write_when_due()
            match self._context.engine.next_event(POLL_SECONDS):
                case ProgressEvent() as event:
                    self._journal.step(event)
                    self._peak_memory = max(self._peak_memory, event.memory_bytes)
                    self._heart.report(_progress(event))
                case CheckpointEvent() as event:
                    self._keep(event)
                    if stopping:
                        stopping.flag()
                case PreviewEvent() as event:
                    self._show(event)
                case CanceledEvent():
                    raise Stopped(stopping.why if stopping else StopReason.CANCELED)
                case ResultEvent() | FailedEvent() as event:
                    return event
                case _:
                    pass

    def _hears(self) -> bool:
        news = self._heart.news
        return self._context.job_store.has_news(self.job, news.num_requests if news else 0)

    def _pass_on(self) -> None:
        """Tell the engine what callers have asked of the training since the last look."""
        news = self._heart.news
        if news is None or self.job.kind != "training":
            return
        if news.checkpoints_asked > self._checkpoints_asked:
            self._checkpoints_asked = news.checkpoints_asked
            self._context.engine.request_checkpoint()
        self._previews.order(news.previews)

    def _show(self, event: PreviewEvent) -> None:
        if self._heart.order is LeaseStatus.FENCED:
            return
        try:
            self._journal.say(self._previews.keep(event))
        except (Fenced, NotFound):
            self._heart.fence()

    def _told(self) -> StopReason | None:
        order, finish_by = self._heart.order, self._heart.finish_by or self.job.finish_by
        if order is LeaseStatus.FENCED:
            return StopReason.FENCED
        if order is LeaseStatus.CANCEL:
            return StopReason.CANCELED
        if finish_by and self._context.clock.now() >= finish_by:
            return StopReason.DEADLINE
        return StopReason.LEAVING if self._context.should_hand_over else None

    def _stop_if_told(self) -> None:
        if why := self._told():
            raise Stopped(why)

    def _keep(self, event: CheckpointEvent) -> None:
        """Store a resumable state, so that another attempt can go on from it. Losing one costs time, not the job."""
        if self._heart.order is LeaseStatus.FENCED:
            return
        prefix = f"{self.job.prefix}checkpoints/{event.step:06d}/"
        try:
            files = transfers.upload(self._context.store, _files_of(event.path), prefix)
            self._context.job_store.keep(self.job, Checkpoint(step=event.step, attempt=self.job.attempt, files=files))
            self._journal.say(f"the checkpoint of step {event.step} is stored")
            self._forget_place(files)
        except StorageError:
            log.exception("%s: the checkpoint of step %d was not stored", self.job.id, event.step)
        except (Fenced, NotFound):
            self._heart.fence()

    def _forget_place(self, newer: tuple[StoredFile, ...] = ()) -> None:
        """Delete the last checkpoint, which the record does not name any more, for the `newer` one."""
        for file in self._place:
            self._context.store.delete(file.key)
        self._place = newer

    def _hand_over(self, result: ResultEvent) -> None:
        if self._heart.beat() is LeaseStatus.FENCED:
            raise Stopped(StopReason.FENCED)
        for file in result.files.values():
            if file.suffix == ".mp4":
                stamp(file, manifest.of_video(self.job, result))
        files = transfers.upload(self._context.store, result.files, self.job.prefix)
        try:
            manifest_key = transfers.write_manifest(
                self._context.store, self.job.prefix, files, manifest.of_manifest(self.job, result)
            )
        except AlreadyExists as error:
            self._context.job_store.refused(self.job, "write the manifest a second time")
            raise Stopped(StopReason.FENCED) from error
        usage = Usage(gpu_seconds=result.stats.compute_seconds, peak_memory_bytes=result.stats.peak_memory_bytes)
        measured = {name: result.report.get(name, {}) for name in MEASURED}
        outcome = Outcome(manifest_key=manifest_key, artifacts=files, base=result.base, usage=usage, **measured)
        self._journal.say(f"{len(files)} files are stored")
        self._heart.stop()
        self._context.job_store.finish(self.job, outcome)
        self._clean_up()

    def _clean_up(self) -> None:
        try:
            self._forget_place()
        except StorageError:
            log.exception("%s: the last checkpoint was not deleted", self.job.id)


def _progress(event: ProgressEvent) -> Progress:
    return Progress(
        fraction=event.fraction,
        phase=event.phase,
        step=event.step,
        total_steps=event.total_steps,
        eta_seconds=event.eta_seconds,
    )


def _files_of(folder: Path) -> dict[str, Path]:
    return {file.name: file for file in sorted(folder.iterdir())}
