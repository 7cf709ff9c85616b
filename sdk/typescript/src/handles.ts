/** A job that was sent off: wait for it, stream what happens to it, cancel it, fetch what it made. */

import { setTimeout as pause } from "node:timers/promises";

import { type Calls, keyed, type Once } from "./calls.js";
import { type Job, JobCanceled, JobFailed, PreviewFailed, StillRunning, UnexpectedAnswer } from "./errors.js";
import { cancelJob, checkpointJob, getJob, getVersion, previewJob, promoteJob } from "./generated/sdk.gen.js";
import type {
  ConceptVersion,
  EvaluationJob,
  Event,
  GenerationJob,
  JobPreview,
  PreviewRequest,
  PromotionRequest,
  TrainingJob,
} from "./generated/types.gen.js";
import { events } from "./streams.js";

const FIRST_POLL_SECONDS = 0.2;
const LONGEST_POLL_SECONDS = 2;

/** How to wait for a job. */
export interface Waiting<J extends Job> {
  /** Is shown each change. */
  readonly onProgress?: (job: J) => void;
  /** In seconds; without it, waiting has no end but the job's. */
  readonly timeout?: number;
}

/** A job, as it was when it was last read. */
export class Handle<J extends Job> {
  constructor(
    protected readonly calls: Calls,
    protected last: J,
  ) {}

  /** What was last read of it. */
  get job(): J {
    return this.last;
  }

  get id(): string {
    return this.last.id;
  }

  /** Whether it was in a state that never changes when it was last read. */
  get hasEnded(): boolean {
    return ["succeeded", "failed", "canceled"].includes(this.last.state);
  }

  /** Reads it again; URLs are signed afresh. */
  async refresh(): Promise<J> {
    return this.keep((await getJob({ client: this.calls.client, path: { job_id: this.id } })).data);
  }

  /**
   * Asks for its end: at once while queued, else as soon as its engine has stopped.
   *
   * @throws Conflict with code `job_finished` when it has ended otherwise.
   */
  async cancel(): Promise<J> {
    return this.keep((await cancelJob({ client: this.calls.client, path: { job_id: this.id } })).data);
  }

  /**
   * Reads it until it has ended, and resolves with it as succeeded.
   *
   * @throws JobFailed, JobCanceled, or StillRunning when it had not ended after `timeout` seconds; it goes on.
   */
  async wait({ onProgress, timeout = Infinity }: Waiting<J> = {}): Promise<J> {
    const until = Date.now() + timeout * 1000;
    let [seen, rest] = [0, FIRST_POLL_SECONDS];
    for (;;) {
      const isNews = this.last.state_seq > seen;
      if (isNews) onProgress?.(this.last);
      if (this.hasEnded) return this.result();
      rest = isNews ? FIRST_POLL_SECONDS : Math.min(rest * 1.5, LONGEST_POLL_SECONDS);
      seen = this.last.state_seq;
      const left = (until - Date.now()) / 1000;
      if (left <= 0) throw new StillRunning(this.last, timeout);
      await pause(Math.min(rest, left) * 1000);
      await this.refresh();
    }
  }

  /**
   * What happens to it, from its first event on or from after a `state_seq`, until it has ended. A stream that breaks is
   * taken up where it broke. `refresh()` afterwards to have its result.
   */
  stream({ after = 0 }: { after?: number } = {}): AsyncGenerator<Event, void> {
    return events(this.calls, this.id, after);
  }

  /** @throws JobFailed, JobCanceled, or StillRunning, unless it had succeeded when it was last read. */
  result(): J {
    if (this.last.state === "succeeded") return this.last;
    if (this.last.state === "failed") throw new JobFailed(this.last);
    throw this.last.state === "canceled" ? new JobCanceled(this.last) : new StillRunning(this.last, 0);
  }

  protected keep(job: Job): J {
    if (job.kind !== this.last.kind) {
      throw new UnexpectedAnswer(`${this.id} was a ${this.last.kind} and is a ${job.kind}`);
    }
    this.last = job as J;
    return this.last;
  }
}

/** A training. */
export class Training extends Handle<TrainingJob> {
  /** What it made, as generations name it: `con_...@3`. Throws what `result` throws. */
  get concept(): string {
    const { concept_id, version } = this.made();
    return `${concept_id}@${version}`;
  }

  /** The version that it made, with a fresh URL of its adapter. */
  async version(): Promise<ConceptVersion> {
    const { concept_id, version } = this.made();
    return (await getVersion({ client: this.calls.client, path: { concept_id, version } })).data;
  }

  /**
   * Asks for a place to go on from, saved after its next step; `job.checkpoint` changes when it is stored.
   *
   * @throws Conflict with code `job_not_running`.
   */
  async checkpoint(once: Once = {}): Promise<TrainingJob> {
    return this.keep((await checkpointJob({ ...this.here(), headers: keyed(once) })).data);
  }

  /**
   * A short training that makes a version of the newest checkpoint, or of that of `step`, while this one goes on.
   *
   * @throws Conflict with code `no_checkpoint`.
   */
  async promote(body: PromotionRequest = {}, once: Once = {}): Promise<Training> {
    return new Training(this.calls, (await promoteJob({ ...this.here(), body, headers: keyed(once) })).data);
  }

  /**
   * Has it perform something with what it has learned so far; `shown` waits for the video.
   *
   * @throws Conflict with code `job_not_running` or `too_many_previews`.
   */
  async preview(body: PreviewRequest = {}, once: Once = {}): Promise<JobPreview> {
    const { previews } = this.keep((await previewJob({ ...this.here(), body, headers: keyed(once) })).data);
    return this.numbered(previews.length);
  }

  /**
   * Waits for the preview of this number: `ready` with a fresh URL of its video, or `failed` with its error.
   *
   * @throws StillRunning when it is still `pending` after `timeout` seconds.
   */
  async shown(number: number, { timeout = Infinity }: { timeout?: number } = {}): Promise<JobPreview> {
    const until = Date.now() + timeout * 1000;
    for (let rest = FIRST_POLL_SECONDS; ; rest = Math.min(rest * 1.5, LONGEST_POLL_SECONDS)) {
      await this.refresh();
      const preview = this.numbered(number);
      if (preview.state !== "pending") return preview;
      const left = (until - Date.now()) / 1000;
      if (left <= 0) throw new StillRunning(this.last, timeout);
      await pause(Math.min(rest, left) * 1000);
    }
  }

  /**
   * Waits for a preview and writes its video to `path`, whole or not at all.
   *
   * @throws PreviewFailed when there is none, TransferFailed when the bytes are not those that were announced.
   */
  async downloadPreview(number: number, path: string): Promise<string> {
    const preview = await this.shown(number);
    if (!preview.video) throw new PreviewFailed(this.last, preview);
    return this.calls.storage.fetch(preview.video, path);
  }

  private here() {
    return { client: this.calls.client, path: { job_id: this.id } };
  }

  private numbered(number: number): JobPreview {
    const preview = this.last.previews[number - 1];
    if (!preview) throw new UnexpectedAnswer(`${this.id} has no preview ${number}`);
    return preview;
  }

  private made() {
    const { result } = this.result();
    if (!result) throw new UnexpectedAnswer(`${this.id} succeeded without a result`);
    return result;
  }
}

/** A generation. */
export class Generation extends Handle<GenerationJob> {
  /**
   * Waits for the video and writes it to `path`, whole or not at all.
   *
   * @throws TransferFailed when the storage refused, or the bytes are not those that were announced.
   */
  async download(path: string): Promise<string> {
    await this.wait();
    const { result } = await this.refresh(); // the URL of an earlier reading may have expired
    if (!result) throw new UnexpectedAnswer(`${this.id} succeeded without a result`);
    return this.calls.storage.fetch(result.video, path);
  }
}

/** An evaluation. */
export class Evaluation extends Handle<EvaluationJob> {
  /** What was measured, by the metric's name. Throws what `result` throws. */
  get metrics(): Record<string, number | null> {
    const { result } = this.result();
    if (!result) throw new UnexpectedAnswer(`${this.id} succeeded without a result`);
    return result.metrics;
  }
}
