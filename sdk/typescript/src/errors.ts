/** Error classes: error responses, failed jobs, and transport errors. */

import type { Clip, EvaluationJob, GenerationJob, JobPreview, Problem, ProblemField, TrainingJob } from "./generated/types.gen.js";

/** A job of any kind. */
export type Job = TrainingJob | GenerationJob | EvaluationJob;

/** Base class of this package's errors. */
export class ChoreoError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The service URL, the API key or the webhook secret is missing or malformed. */
export class NotConfigured extends ChoreoError {}

/** An argument cannot be sent, such as NaN or a text that is not valid Unicode; nothing was sent. */
export class InvalidArgument extends ChoreoError {}

/** No response was received after all tries. */
export class Unreachable extends ChoreoError {}

/** The response does not match the API: another service or version is at this URL. */
export class UnexpectedAnswer extends ChoreoError {}

/** The storage refused a transfer, or the received file has the wrong SHA-256. */
export class TransferFailed extends ChoreoError {}

/** The webhook's signature, timestamp or body is invalid; ignore its content. */
export class WebhookRefused extends ChoreoError {}

/** An error response of the service (RFC 9457); subclasses correspond to statuses. */
export class ProblemError extends ChoreoError {
  constructor(
    readonly problem: Problem,
    /** Seconds until a retry may succeed, from the `Retry-After` header; null without one. */
    readonly retryAfter: number | null = null,
  ) {
    super(`${problem.detail} (${problem.status} ${problem.code}, ${problem.request_id})`);
  }

  /** The HTTP status. */
  get status(): number {
    return this.problem.status;
  }

  /** The stable error code, such as `alias_moved`. */
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

  /** The invalid fields, each with a JSON pointer into the request. */
  get fields(): ProblemField[] {
    return this.problem.errors ?? [];
  }
}

/** 401: the request has no valid API key. */
export class Unauthorized extends ProblemError {}
/** 403: the API key lacks the required scope. */
export class Forbidden extends ProblemError {}
/** 404: the resource does not exist for this tenant. */
export class NotFound extends ProblemError {}
/** 409: the resource's state does not permit this; `code` has the reason. */
export class Conflict extends ProblemError {}
/** 413: more bytes than the service accepts. */
export class TooLarge extends ProblemError {}
/** 400 or 422: the request is invalid; `fields` has the locations. */
export class Invalid extends ProblemError {}
/** 429: a rate limit or quota is used up; see `retryAfter`. */
export class RateLimited extends ProblemError {}
/** 408, 425, 502 to 504 or 520 to 524: the service, or a dependency or proxy of it, is unavailable. */
export class Unavailable extends ProblemError {}
/** 500: an internal error of the service. */
export class ServiceFailed extends ProblemError {}

/** Error classes by status; other statuses are plain `ProblemError`s. */
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
  ...[408, 425, 502, 503, 504, 520, 521, 522, 523, 524].map((status) => [status, Unavailable] as const),
]);

/** The service cannot use a clip; `code` has the reason. */
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

/** A job failed; `job.error` has the code, the fault, and whether a retry may help. */
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

/** A preview could not be rendered, or the training ended first; the training is not affected. */
export class PreviewFailed extends ChoreoError {
  constructor(
    readonly job: Job,
    readonly preview: JobPreview,
  ) {
    super(`${job.id}: preview ${preview.number}: ${preview.error}`);
  }
}

/** A job has not ended within the timeout; it continues. */
export class StillRunning extends ChoreoError {
  constructor(
    readonly job: Job,
    seconds: number,
  ) {
    super(`${job.id} is ${job.state} after ${seconds} s`);
  }
}
