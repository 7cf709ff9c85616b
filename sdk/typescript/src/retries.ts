/** The retry policy, without I/O. */

/**
 * The total number of tries, and the delays between them in seconds. The delay doubles from `first` up to `longest`,
 * with a random reduction of up to one half (jitter). `Retry-After` takes precedence; a response that asks for more
 * than `patience` seconds is not retried.
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
/** Statuses that guarantee no effect. */
const REFUSED = new Set([408, 425, 429, 503]);
/** Statuses of gateways, after which the request may have had an effect; 520 to 524 are Cloudflare's. */
const GATEWAYS = new Set([502, 504, 520, 521, 522, 523, 524]);
const S3_BUSY = /<Code>\s*(SlowDown|InternalError|RequestTimeout|ServiceUnavailable)\s*<\/Code>/;
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** The properties of a request that decide whether it is retried. */
export interface Sent {
  readonly method: string;
  readonly headers: Headers;
  /** Whether the request is idempotent regardless of its method. */
  readonly repeatable: boolean;
}

/** The delay in seconds before a retry, or null if this response is final. */
export function afterAnswer(
  retries: Retries,
  sent: Sent,
  response: Response,
  saysRetryable: boolean,
  tried: number,
): number | null {
  if (tried >= retries.attempts || !isWorthRetry(sent, response.status, saysRetryable)) return null;
  const asked = retryAfter(response.headers);
  if (asked === null) return pauseBefore(retries, tried);
  return asked <= retries.patience ? asked : null;
}

/** The delay in seconds before a retry, or null after the last try or if the request may have taken effect. */
export function afterError(retries: Retries, sent: Sent, error: unknown, tried: number): number | null {
  if (tried >= retries.attempts) return null;
  return NEVER_SENT.has(causeOf(error)) || isRepeatable(sent) ? pauseBefore(retries, tried) : null;
}

/** Whether the request is idempotent: it only reads, has an idempotency key, or is marked as repeatable. */
export function isRepeatable(sent: Sent): boolean {
  const keyed = sent.method === "POST" && sent.headers.has(IDEMPOTENCY_KEY);
  return SAFE_METHODS.has(sent.method) || keyed || sent.repeatable;
}

/** The `Retry-After` header (RFC 9110, section 10.2.3) in seconds; a date is relative to the `Date` header. */
export function retryAfter(headers: Headers): number | null {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(headers.get("Date") ?? "")) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

function pauseBefore(retries: Retries, tried: number): number {
  return Math.min(retries.longest, retries.first * 2 ** (tried - 1)) * (1 - Math.random() / 2);
}

function isWorthRetry(sent: Sent, status: number, saysRetryable: boolean): boolean {
  if (REFUSED.has(status)) return true;
  return GATEWAYS.has(status) ? isRepeatable(sent) : saysRetryable;
}

/** Whether an error response of S3 says that the same request may succeed later. */
export function isBusyStorage(status: number, text: string): boolean {
  return status === 500 || S3_BUSY.test(text);
}

function causeOf(error: unknown): string {
  const { cause, code } = (error ?? {}) as { cause?: unknown; code?: unknown };
  return typeof code === "string" ? code : cause ? causeOf(cause) : "";
}
