/** Handles of submitted jobs: wait, stream events, cancel, download results. */

import { setTimeout as pause } from "node:timers/promises";

import { withFields } from "./answers.js";
import { type Calls, keyed, type Once } from "./calls.js";
import {
  InvalidArgument,
  type Job,
  JobCanceled,
  JobFailed,
  JobUnsuccessful,
  PreviewFailed,
  StillRunning,
  UnexpectedAnswer,
} from "./errors.js";
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

const JOB_FIELDS = { id: "string", kind: "string", state: "string", state_seq: "number" } as const;

/** Options of `wait`. */
export interface Waiting<J extends Job> {
  /** Called with the job after each change of it. */
  readonly onProgress?: (job: J) => void;
  /** Seconds until StillRunning is thrown; default: no timeout. */
  readonly timeout?: number;
}

/** A job as last read. */
export class Handle<J extends Job> {
  constructor(
    protected readonly calls: Calls,
    protected last: J,
  ) {
    withFields(last, JOB_FIELDS);
  }

  /** The job as last read. */
  get job(): J {
    return this.last;
  }

  get id(): string {
    return this.last.id;
  }

  /** Whether the job had ended when it was last read, also in a state that this client does not know. */
  get hasEnded(): boolean {
    return ["succeeded", "failed", "canceled"].includes(this.last.state) || Boolean(this.last.finished_at);
  }

  /** Reads the job again; URLs are fresh. */
  async refresh(): Promise<J> {
    return this.keep((await getJob({ client: this.calls.client, path: { job_id: this.id } })).data);
  }

  /**
   * Cancels the job: at once while queued, otherwise as soon as its engine has stopped.
   *
   * @throws Conflict with code `job_finished` if it has succeeded or failed.
   */
  async cancel(): Promise<J> {
    return this.keep((await cancelJob({ client: this.calls.client, path: { job_id: this.id } })).data);
  }

  /**
   * Polls until the job has ended, and resolves with the succeeded job.
   *
   * @throws JobFailed, JobCanceled, JobUnsuccessful for another final state, or StillRunning if it has not ended after
   * `timeout` seconds; the job continues.
   */
  async wait({ onProgress, timeout = Infinity }: Waiting<J> = {}): Promise<J> {
    const until = Date.now() + timeout * 1000;
    let [seen, rest] = [0, FIRST_POLL_SECONDS];
    for (;;) {
      const hasChanged = this.last.state_seq > seen;
      if (hasChanged) onProgress?.(this.last);
      if (this.hasEnded) return this.result();
      rest = hasChanged ? FIRST_POLL_SECONDS : Math.min(rest * 1.5, LONGEST_POLL_SECONDS);
      seen = this.last.state_seq;
      const left = (until - Date.now()) / 1000;
      if (left <= 0) throw new StillRunning(this.last, timeout);
      await pause(Math.min(rest, left) * 1000);
      await this.refresh();
    }
  }

  /**
   * The job's events, from the first or after a `state_seq`, until its end. A broken stream is resumed after the last
   * received event. Call `refresh()` afterwards to read the result.
   */
  stream({ after = 0 }: { after?: number } = {}): AsyncGenerator<Event, void> {
    return events(this.calls, this.id, after);
  }

  /** The succeeded job as last read. @throws JobFailed, JobCanceled, or StillRunning. */
  result(): J {
    if (this.last.state === "succeeded") return this.last;
    if (this.last.state === "failed") throw new JobFailed(this.last);
    if (this.last.state === "canceled") throw new JobCanceled(this.last);
    throw this.hasEnded
      ? new JobUnsuccessful(this.last, `ended as ${this.last.state}`)
      : new StillRunning(this.last, 0);
  }

  /** Stores the job that was read. */
  protected keep(job: Job): J {
    if (withFields(job, JOB_FIELDS).kind !== this.last.kind) {
      throw new UnexpectedAnswer(`${this.id} was a ${this.last.kind} and is a ${job.kind}`);
    }
    this.last = job as J;
    return this.last;
  }
}

/** A training. */
export class Training extends Handle<TrainingJob> {
  /**
   * The created version as a reference for generations: `con_...@3`.
   *
   * @throws JobFailed, JobCanceled, or StillRunning.
   */
  get concept(): string {
    const { concept_id, version } = this.made();
    return `${concept_id}@${version}`;
  }

  /** The created version, with a fresh URL of its adapter. @throws JobFailed, JobCanceled, or StillRunning. */
  async version(): Promise<ConceptVersion> {
    const { concept_id, version } = this.made();
    return (await getVersion({ client: this.calls.client, path: { concept_id, version } })).data;
  }

  /**
   * Requests a checkpoint after the next step; `job.checkpoint` changes when it is stored.
   *
   * @throws Conflict with code `job_not_running`.
   */
  async checkpoint(once: Once = {}): Promise<TrainingJob> {
    return this.keep((await checkpointJob({ ...this.here(), headers: keyed(once) })).data);
  }

  /**
   * Promotes the newest checkpoint, or that of `step`: a short training creates a version while this one continues.
   *
   * @throws Conflict with code `no_checkpoint`.
   */
  async promote(body: PromotionRequest = {}, once: Once = {}): Promise<Training> {
    return new Training(this.calls, (await promoteJob({ ...this.here(), body, headers: keyed(once) })).data);
  }

  /**
   * Requests a preview from the current training state; `shown` waits for the video.
   *
   * @throws Conflict with code `job_not_running` or `too_many_previews`.
   */
  async preview(body: PreviewRequest = {}, once: Once = {}): Promise<JobPreview> {
    const { previews } = this.keep((await previewJob({ ...this.here(), body, headers: keyed(once) })).data);
    return this.numbered(withFields({ previews }, { previews: "array" }).previews.length);
  }

  /**
   * Waits for the preview with this number: `ready` with a fresh URL of its video, or `failed` with its error.
   *
   * @throws StillRunning if it is still `pending` after `timeout` seconds.
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
   * Waits for a preview and writes its video to `path` atomically.
   *
   * @throws PreviewFailed if the preview failed, TransferFailed if the transfer fails or the SHA-256 is wrong.
   */
  async downloadPreview(number: number, path: string): Promise<string> {
    const preview = await this.shown(number);
    if (!preview.video) throw new PreviewFailed(this.last, preview);
    return this.calls.storage.fetch(preview.video, path);
  }

  /** The arguments of calls about this job. */
  private here() {
    return { client: this.calls.client, path: { job_id: this.id } };
  }

  /** The preview with this number, from 1. */
  private numbered(number: number): JobPreview {
    const preview = withFields(this.last, { previews: "array" }).previews[number - 1];
    if (!preview) throw new InvalidArgument(`${this.id} has no preview with the number ${number}`);
    return preview;
  }

  /** The result of the succeeded training. */
  private made() {
    const { result } = this.result();
    if (!result) throw new UnexpectedAnswer(`${this.id} succeeded without a result`);
    return result;
  }
}

/** A generation. */
export class Generation extends Handle<GenerationJob> {
  /**
   * Waits for the video and writes it to `path` atomically.
   *
   * @throws JobFailed, JobCanceled, or TransferFailed if the transfer fails or the SHA-256 is wrong.
   */
  async download(path: string): Promise<string> {
    await this.wait();
    const { result } = await this.refresh(); // an earlier URL may have expired
    if (!result) throw new UnexpectedAnswer(`${this.id} succeeded without a result`);
    return this.calls.storage.fetch(result.video, path);
  }
}

/** An evaluation. */
export class Evaluation extends Handle<EvaluationJob> {
  /** The version's metrics by name. @throws JobFailed, JobCanceled, or StillRunning. */
  get metrics(): Record<string, number | null> {
    const { result } = this.result();
    if (!result) throw new UnexpectedAnswer(`${this.id} succeeded without a result`);
    return result.metrics;
  }
}
