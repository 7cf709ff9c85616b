"""One attempt at a job: downloads inputs, runs the engine, keeps the lease, stores results.

A fenced attempt writes nothing more.
"""

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
from worker.attempt import provenance, transfers
from worker.attempt.context import WorkerContext
from worker.attempt.fault_injection import inject_fault
from worker.attempt.heartbeat import Heartbeat, LeaseStatus
from worker.attempt.log_buffer import LogBuffer
from worker.attempt.preview_requests import PreviewRequests
from worker.attempt.stopping import EngineStopper, Stopped, StopReason

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""Seconds to wait for an engine event before the lease and the requests are checked again."""
ADAPTER, NOISE = "adapter.safetensors", "inverted_noise.safetensors"
ENGINE_INPUTS = (ADAPTER, NOISE)
"""The files of a concept version that a generation or an evaluation needs."""
OUTCOME_FIELDS = ("metrics", "base_metrics", "not_measured")
"""The fields of the engine's report that are stored in the database."""


class Attempt:
    """Runs one claimed job."""

    def __init__(self, job: ClaimedJob, context: WorkerContext, folder: Path) -> None:
        """`folder` is empty and used by no other attempt."""
        self.job = job
        self._context, self._folder = context, folder
        self._engine_started_at: float | None = None
        self._peak_memory_bytes = 0
        self._stored_checkpoint = job.checkpoint.files if job.checkpoint else ()
        self._checkpoints_requested = job.checkpoints_asked
        self._previews = PreviewRequests(job, context.job_store, context.store, context.engine)
        settings = context.settings
        self._log_buffer = LogBuffer(
            self._write_log,
            context.clock,
            interval_seconds=settings.heartbeat_seconds,
            read_engine_log=self._read_engine_log,
        )
        self._heartbeat = Heartbeat(
            lambda progress: context.job_store.heartbeat(job, progress=progress, usage=self.usage),
            interval_seconds=settings.heartbeat_seconds,
            lease_seconds=settings.lease_seconds,
            has_new_requests=self._has_new_requests,
        )

    @property
    def usage(self) -> Usage:
        """The attempt's usage so far: seconds since the engine started on the job, and its peak memory."""
        seconds = time.monotonic() - self._engine_started_at if self._engine_started_at is not None else 0.0
        return Usage(gpu_seconds=seconds, peak_memory_bytes=self._peak_memory_bytes)

    def run(self) -> None:
        """Run the job to its end and record its result, or the failure that the engine reported.

        Raises:
            Stopped: the attempt was asked to stop, and the engine has stopped.
            EngineFailed: a fault was injected.
            EngineDied: the engine process ended.
            StorageError: an input could not be downloaded or a result not be stored.
            Fenced: another attempt owns the job.
            NotFound: the job was deleted.
        """
        with self._heartbeat:
            try:
                self._run()
            finally:
                self._log_buffer.flush()

    def _run(self) -> None:
        job, context = self.job, self._context
        resumed = f", resuming from the checkpoint of step {job.checkpoint.step}" if job.checkpoint else ""
        self._log_buffer.add_line(f"attempt {job.attempt} started{resumed}")
        if context.settings.fault_injection:
            inject_fault(job, context.job_store)
        request = self._prepare()
        self._engine_started_at = time.monotonic()
        context.engine.submit(request)
        end = self._wait_for_engine()
        if isinstance(end, FailedEvent):
            self._record_failure(end)
        else:
            context.registration.on_base_model_used(job.spec.base_model)
            self._store_result(end)

    def _record_failure(self, event: FailedEvent) -> None:
        job = self.job
        if event.fault == "service":
            self._context.registration.on_cache_cleared()  # the engine does so after such an error
        error = JobError(code=event.code, message=event.message, retryable=event.retryable, fault=event.fault)
        log.warning("%s: attempt %d failed: %s: %s", job.id, job.attempt, error.code, error.message)
        self._log_buffer.add_line(f"failed: {event.code}: {event.message}", "error")
        self._heartbeat.stop()
        self._context.job_store.fail(job, error, self.usage)

    def _prepare(self) -> EngineRequest:
        job, folder, settings = self.job, self._folder, self._context.settings
        clips = {f"clip-{index}.mp4": clip.key for index, clip in enumerate(job.clips)}
        adapter = {file.name: file.key for file in job.adapter if file.name in ENGINE_INPUTS}
        checkpoint = {file.name: file.key for file in job.checkpoint.files} if job.checkpoint else {}
        videos = self._download(clips, folder / "clips")
        self._download(adapter, folder / "adapter")
        self._download(checkpoint, folder / "checkpoint")
        return EngineRequest(
            job_id=job.id,
            attempt=job.attempt,
            kind=job.kind,
            spec=job.spec.model_dump(mode="json"),
            base_model=job.spec.base_model,
            base_folder=settings.base_models[job.spec.base_model],
            clips=[
                RequestClip(path=video, caption=clip.caption)
                for video, clip in zip(videos.values(), job.clips, strict=True)
            ],
            adapter=folder / "adapter" if ADAPTER in adapter else None,
            inverted_noise=folder / "adapter" / NOISE if NOISE in adapter else None,
            resume_from=folder / "checkpoint" if checkpoint else None,
            workdir=folder / "out",
            missing_clips=list(job.missing_clips),
            clip_model=settings.clip_model,
            xclip_model=settings.xclip_model,
        )

    def _download(self, keys: dict[str, str], folder: Path) -> dict[str, Path]:
        if reason := self._stop_reason():
            raise Stopped(reason)
        return transfers.download(self._context.store, keys, folder) if keys else {}

    def _wait_for_engine(self) -> ResultEvent | FailedEvent:
        """The event that ended the job. On any exception, the engine has stopped working on the job too."""
        try:
            return self._handle_events()
        except (Stopped, EngineDied):
            raise
        except BaseException:
            self._context.engine.kill()
            raise

    def _handle_events(self) -> ResultEvent | FailedEvent:
        engine = self._context.engine
        stopper: EngineStopper | None = None
        while True:
            if stopper:
                stopper.enforce()
            elif reason := self._stop_reason():
                stopper = EngineStopper(reason, engine, self.job.kind, self._context.settings.cancel_grace_seconds)
            else:
                self._forward_requests()
            self._log_buffer.flush_if_due()
            match engine.next_event(POLL_SECONDS):
                case ProgressEvent() as event:
                    self._log_buffer.add_step(event)
                    self._peak_memory_bytes = max(self._peak_memory_bytes, event.memory_bytes)
                    self._heartbeat.set_progress(_progress(event))
                case CheckpointEvent() as event:
                    self._store_checkpoint(event)
                    if stopper:
                        stopper.cancel()
                case PreviewEvent() as event:
                    self._store_preview(event)
                case CanceledEvent():
                    raise Stopped(stopper.reason if stopper else StopReason.CANCELED)
                case ResultEvent() | FailedEvent() as event:
                    return event
                case _:
                    pass

    def _stop_reason(self) -> StopReason | None:
        status, finish_by = self._heartbeat.status, self._heartbeat.finish_by or self.job.finish_by
        if status is LeaseStatus.FENCED:
            return StopReason.FENCED
        if status is LeaseStatus.CANCEL_REQUESTED:
            return StopReason.CANCELED
        if finish_by and self._context.clock.now() >= finish_by:
            return StopReason.DEADLINE
        return StopReason.HANDOVER if self._context.should_hand_over else None

    def _has_new_requests(self) -> bool:
        response = self._heartbeat.last_response
        return self._context.job_store.has_new_requests(self.job, response.num_requests if response else 0)

    def _forward_requests(self) -> None:
        """Send the engine the checkpoint and preview requests for a training that arrived since the last call."""
        response = self._heartbeat.last_response
        if response is None or self.job.kind != "training":
            return
        if response.checkpoints_asked > self._checkpoints_requested:
            self._checkpoints_requested = response.checkpoints_asked
            self._context.engine.request_checkpoint()
        self._previews.forward(response.previews)

    def _write_log(self, lines: Sequence[LogEntry], points: Sequence[MetricSample]) -> None:
        if self._heartbeat.status is not LeaseStatus.FENCED:
            self._context.job_store.write_log(self.job, lines, points)

    def _read_engine_log(self) -> list[str]:
        if self._engine_started_at is None:
            return []
        return [f"engine: {line}" for line in self._context.engine.new_log_lines()]

    def _store_preview(self, event: PreviewEvent) -> None:
        if self._heartbeat.status is LeaseStatus.FENCED:
            return
        try:
            self._log_buffer.add_line(self._previews.store(event))
        except (Fenced, NotFound):
            self._heartbeat.mark_fenced()

    def _store_checkpoint(self, event: CheckpointEvent) -> None:
        """Store a checkpoint, from which the next attempt resumes. If that fails, the job goes on without it."""
        if self._heartbeat.status is LeaseStatus.FENCED:
            return
        job = self.job
        prefix = f"{job.prefix}checkpoints/{event.step:06d}/"
        try:
            files = transfers.upload(self._context.store, _files_in(event.path), prefix)
            self._context.job_store.save_checkpoint(job, Checkpoint(step=event.step, attempt=job.attempt, files=files))
            self._log_buffer.add_line(f"stored the checkpoint of step {event.step}")
            self._replace_stored_checkpoint(files)
        except StorageError:
            log.exception("%s: attempt %d: the checkpoint of step %d was not stored", job.id, job.attempt, event.step)
        except (Fenced, NotFound):
            self._heartbeat.mark_fenced()

    def _replace_stored_checkpoint(self, newer: tuple[StoredFile, ...] = ()) -> None:
        """Delete the files of the previous checkpoint, which the database no longer names."""
        for file in self._stored_checkpoint:
            self._context.store.delete(file.key)
        self._stored_checkpoint = newer

    def _store_result(self, result: ResultEvent) -> None:
        job, store = self.job, self._context.store
        if self._heartbeat.send() is LeaseStatus.FENCED:
            raise Stopped(StopReason.FENCED)
        for file in result.files.values():
            if file.suffix == ".mp4":
                provenance.write_metadata(file, provenance.video_metadata(job, result))
        files = transfers.upload(store, result.files, job.prefix)
        try:
            manifest_key = transfers.write_manifest(store, job.prefix, files, provenance.manifest(job, result))
        except AlreadyExists as error:
            self._context.job_store.record_refused_write(job, "write the manifest a second time")
            raise Stopped(StopReason.FENCED) from error
        usage = Usage(gpu_seconds=result.stats.compute_seconds, peak_memory_bytes=result.stats.peak_memory_bytes)
        measured = {name: result.report.get(name, {}) for name in OUTCOME_FIELDS}
        outcome = Outcome(manifest_key=manifest_key, artifacts=files, base=result.base, usage=usage, **measured)
        self._log_buffer.add_line(f"stored {len(files)} files")
        self._heartbeat.stop()
        self._context.job_store.finish(job, outcome)
        log.info("%s: attempt %d succeeded", job.id, job.attempt)
        self._delete_last_checkpoint()

    def _delete_last_checkpoint(self) -> None:
        try:
            self._replace_stored_checkpoint()
        except StorageError:
            log.exception("%s: attempt %d: the last checkpoint was not deleted", self.job.id, self.job.attempt)


def _progress(event: ProgressEvent) -> Progress:
    return Progress(
        fraction=event.fraction,
        phase=event.phase,
        step=event.step,
        total_steps=event.total_steps,
        eta_seconds=event.eta_seconds,
    )


def _files_in(folder: Path) -> dict[str, Path]:
    return {file.name: file for file in sorted(folder.iterdir())}
