/** Sending: each POST under an idempotency key, again where that is safe and useful, and every problem thrown. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { described, errorOf, problemOf } from "./answers.js";
import { type ChoreoError, Unreachable, UnexpectedAnswer } from "./errors.js";
import { afterAnswer, afterError, IDEMPOTENCY_KEY, type Retries } from "./retries.js";

/** How one request is sent. */
export interface Sending {
  readonly retries: Retries;
  /** For each try, in seconds; null for a stream, which watches itself. */
  readonly timeout: number | null;
  readonly repeatable?: boolean;
  /** What an answer that is no success means. */
  readonly toError?: (request: Request, response: Response, text: string) => ChoreoError;
}

/** A `fetch` for the generated client: it answers successes with JSON, or with nothing, only. */
export function sender(sending: Sending): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, { redirect: "manual", ...init });
    if (request.method === "POST" && !request.headers.has(IDEMPOTENCY_KEY)) {
      request.headers.set(IDEMPOTENCY_KEY, randomUUID());
    }
    const response = await send(() => request.clone(), sending);
    const text = await response.text();
    if (text && !response.headers.get("Content-Type")?.startsWith("application/json")) {
      throw new UnexpectedAnswer(described(request, response, text));
    }
    return new Response(text || null, response);
  };
}

/**
 * The success that a request brings at last; `make` makes it anew for each try.
 *
 * @throws Unreachable when no answer came, or what `toError` makes of an answer that is no success.
 */
export async function send(make: () => Request, sending: Sending): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const outcome = await attempt(make(), sending, tried);
    if (typeof outcome !== "number") return outcome;
    await pause(outcome * 1000);
  }
}

/** A success, or the seconds to pause before the next try; throws when there shall be none. */
async function attempt(request: Request, sending: Sending, tried: number): Promise<Response | number> {
  const sent = { method: request.method, headers: request.headers, repeatable: sending.repeatable ?? false };
  let response: Response;
  let text: string;
  try {
    response = await fetch(request, { signal: patience(request, sending) });
    if (response.ok && sending.timeout === null) return response;
    const bytes = await response.arrayBuffer();
    if (response.ok) return new Response(bytes.byteLength ? bytes : null, response);
    text = new TextDecoder().decode(bytes);
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    const seconds = afterError(sending.retries, sent, error, tried);
    if (seconds !== null) return seconds;
    const { origin, pathname } = new URL(request.url);
    throw new Unreachable(`${request.method} ${origin}${pathname} got no answer: ${error}`, { cause: error });
  }
  const saysRetryable = problemOf(response, text)?.retryable ?? false;
  const seconds = afterAnswer(sending.retries, sent, response, saysRetryable, tried);
  if (seconds !== null) return seconds;
  throw (sending.toError ?? errorOf)(request, response, text);
}

function patience(request: Request, sending: Sending): AbortSignal {
  if (sending.timeout === null) return request.signal;
  return AbortSignal.any([request.signal, AbortSignal.timeout(sending.timeout * 1000)]);
}
