/** When to try again, and how long to pause before: decided here, without any input or output. */

/**
 * How often a request is tried in all, and the pauses in between, in seconds. A pause grows from `first` by doubling to
 * at most `longest`, shortened at random by up to a half so that callers don't come back all at once. `Retry-After` goes
 * before that; one above `patience` is left to the caller.
 */
export interface Retries {
  readonly attempts: number;
  readonly first: number;
  readonly longest: number;
  readonly patience: number;
}

export const RETRIES: Retries = { attempts: 5, first: 0.5, longest: 8, patience: 60 };
export const IDEMPOTENCY_KEY = "Idempotency-Key";
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** What decides about a second try of a request. */
export interface Sent {
  readonly method: string;
  readonly headers: Headers;
  /** Whether carrying it out twice is the same as once, whatever its method. */
  readonly repeatable: boolean;
}

/** The pause in seconds before asking again, or null when this answer stands. */
export function afterAnswer(
  retries: Retries,
  sent: Sent,
  response: Response,
  saysRetryable: boolean,
  tried: number,
): number | null {
  if (tried >= retries.attempts || !isWorthIt(sent, response.status, saysRetryable)) return null;
  const asked = retryAfter(response.headers);
  if (asked === null) return pauseBefore(retries, tried);
  return asked <= retries.patience ? asked : null;
}

/** The pause in seconds before trying again, or null when it is no use, or the request may have been carried out. */
export function afterError(retries: Retries, sent: Sent, error: unknown, tried: number): number | null {
  if (tried >= retries.attempts) return null;
  return NEVER_SENT.has(causeOf(error)) || isRepeatable(sent) ? pauseBefore(retries, tried) : null;
}

/** Whether carrying the request out twice is the same as once: it only reads, or carries an idempotency key. */
export function isRepeatable(sent: Sent): boolean {
  const keyed = sent.method === "POST" && sent.headers.has(IDEMPOTENCY_KEY);
  return SAFE_METHODS.has(sent.method) || keyed || sent.repeatable;
}

/** The seconds that `Retry-After` (RFC 9110, section 10.2.3) asks for: a number, or a date by the same clock. */
export function retryAfter(headers: Headers): number | null {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(headers.get("Date") ?? "")) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

function pauseBefore(retries: Retries, tried: number): number {
  return Math.min(retries.longest, retries.first * 2 ** (tried - 1)) * (1 - Math.random() / 2);
}

/** 429 and 503 say that nothing was done; a gateway (502, 504) doesn't know. */
function isWorthIt(sent: Sent, status: number, saysRetryable: boolean): boolean {
  if (status === 429 || status === 503) return true;
  return status === 502 || status === 504 ? isRepeatable(sent) : saysRetryable;
}

function causeOf(error: unknown): string {
  const { cause, code } = (error ?? {}) as { cause?: unknown; code?: unknown };
  return typeof code === "string" ? code : cause ? causeOf(cause) : "";
}
