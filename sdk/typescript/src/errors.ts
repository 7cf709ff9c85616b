/** What can go wrong, as types: what the service said, how a job ended, what never arrived. */

import type { Clip, EvaluationJob, GenerationJob, JobPreview, Problem, ProblemField, TrainingJob } from "./generated/types.gen.js";

/** A job of any kind. */
export type Job = TrainingJob | GenerationJob | EvaluationJob;

/** Anything that this package throws on its own account. */
export class ChoreoError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No address, no key or no secret to work with. */
export class NotConfigured extends ChoreoError {}

/** No answer came, however often it was tried. */
export class Unreachable extends ChoreoError {}

/** An answer that the contract doesn't know: another service, or one of another version, is at this address. */
export class UnexpectedAnswer extends ChoreoError {}

/** The storage refused an upload or a download, or what arrived is not what was announced. */
export class TransferFailed extends ChoreoError {}

/** A webhook whose signature or age does not hold: believe nothing of it. */
export class WebhookRefused extends ChoreoError {}

/** The service answered with a problem (RFC 9457); the subclasses say which. */
export class ProblemError extends ChoreoError {
  constructor(
    readonly problem: Problem,
    /** What the answer asked for, in seconds. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${problem.detail} (${problem.status} ${problem.code}, ${problem.request_id})`);
  }

  /** The HTTP status. */
  get status(): number {
    return this.problem.status;
  }

  /** The stable name of what went wrong, e.g. `alias_moved`. */
  get code(): string {
    return this.problem.code;
  }

  /** The request id, for the operator. */
  get requestId(): string {
    return this.problem.request_id;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.problem.retryable;
  }

  /** The wrong fields, each with a JSON pointer into the request. */
  get fields(): ProblemField[] {
    return this.problem.errors ?? [];
  }
}

/** 401: no valid API key came with the request. */
export class Unauthorized extends ProblemError {}
/** 403: the API key lacks the scope that this call needs. */
export class Forbidden extends ProblemError {}
/** 404: nothing of this name exists for this tenant. */
export class NotFound extends ProblemError {}
/** 409: the present state does not allow this; `code` says what is in the way. */
export class Conflict extends ProblemError {}
/** 413: more bytes than the service accepts. */
export class TooLarge extends ProblemError {}
/** 400 or 422: the request cannot be accepted as it stands; `fields` says where. */
export class Invalid extends ProblemError {}
/** 429: an allowance is used up; `retryAfter` says for how long. */
export class RateLimited extends ProblemError {}
/** 502, 503 or 504: something that the service depends on does not answer. */
export class Unavailable extends ProblemError {}
/** 500: a defect of the service. */
export class ServiceFailed extends ProblemError {}

/** Which error a status means; any other problem is a plain `ProblemError`. */
export const BY_STATUS: ReadonlyMap<number, typeof ProblemError> = new Map<number, typeof ProblemError>([
  [400, Invalid],
  [401, Unauthorized],
  [403, Forbidden],
  [404, NotFound],
  [409, Conflict],
  [413, TooLarge],
  [422, Invalid],
  [429, RateLimited],
  [500, ServiceFailed],
  [502, Unavailable],
  [503, Unavailable],
  [504, Unavailable],
]);

/** The service looked into a clip and cannot use it; `code` says why. */
export class ClipRejected extends ChoreoError {
  readonly code: string;

  constructor(readonly clip: Clip) {
    super(`${clip.file_name}: ${clip.rejection?.message ?? clip.state}`);
    this.code = clip.rejection?.code ?? clip.state;
  }
}

/** A job ended without a result. */
export class JobUnsuccessful extends ChoreoError {
  constructor(
    readonly job: Job,
    message: string,
  ) {
    super(`${job.id}: ${message}`);
  }
}

/** A job failed; `job.error` says why, whose fault it is, and whether a retry may help. */
export class JobFailed extends JobUnsuccessful {
  constructor(job: Job) {
    const { error } = job;
    super(job, error ? `${error.message} (${error.code}, the ${error.fault}'s fault)` : "failed");
  }
}

/** A job was canceled. */
export class JobCanceled extends JobUnsuccessful {
  constructor(job: Job) {
    super(job, "canceled");
  }
}

/** A training could not show what it was asked to, or ended first; it is not the worse for it. */
export class PreviewFailed extends ChoreoError {
  constructor(
    readonly job: Job,
    readonly preview: JobPreview,
  ) {
    super(`${job.id}: preview ${preview.number}: ${preview.error}`);
  }
}

/** A job had not ended when the time to wait for it was up; it goes on. */
export class StillRunning extends ChoreoError {
  constructor(
    readonly job: Job,
    seconds: number,
  ) {
    super(`${job.id} is ${job.state} after ${seconds} s`);
  }
}
