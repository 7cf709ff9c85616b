/** The transport: idempotency keys for POST, safe retries, and errors for error responses. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { described, errorOf, problemOf } from "./answers.js";
import { ChoreoError, InvalidArgument, Unreachable, UnexpectedAnswer } from "./errors.js";
import type { Client } from "./generated/client/index.js";
import { afterAnswer, afterError, IDEMPOTENCY_KEY, isBusyStorage, type Retries } from "./retries.js";

/** Options for sending one request. */
export interface Sending {
  readonly retries: Retries;
  /** Seconds until a single try times out; null for streams and downloads, whose callers read the body. */
  readonly timeout: number | null;
  /** Whether the request is to the storage: it is repeatable, and its errors are those of S3; default false. */
  readonly repeatable?: boolean;
  /** Converts an error response or a redirect to an error; default: `errorOf`. */
  readonly toError?: (request: Request, response: Response, text: string) => ChoreoError;
}

/** A `fetch` for the generated client. It returns successful responses with a JSON body or an empty body only. */
export function sender(sending: Sending): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, { redirect: "manual", ...init });
    if (request.method === "POST" && !request.headers.has(IDEMPOTENCY_KEY)) {
      request.headers.set(IDEMPOTENCY_KEY, randomUUID());
    }
    const response = await send(() => request.clone(), sending);
    const text = await response.text();
    if (text && !(response.headers.get("Content-Type")?.startsWith("application/json") && isObject(text))) {
      throw new UnexpectedAnswer(described(request, response, text));
    }
    return new Response(text || null, response);
  };
}

function isObject(text: string): boolean {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found);
  } catch {
    return false;
  }
}

/**
 * A request body as JSON.
 *
 * @throws InvalidArgument for what JSON cannot say: NaN, infinities, and text with a lone surrogate.
 */
export function serialized(body: unknown): string {
  return JSON.stringify(body, (key, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) throw new InvalidArgument(`${key} is ${value}`);
    checkText(key, key);
    if (typeof value === "string") checkText(key, value);
    return value;
  });
}

/** Throws InvalidArgument if a text is not valid Unicode. */
export function checkText(name: string, text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new InvalidArgument(`${name} is not valid Unicode: ${JSON.stringify(text)}`);
}

/** The client with all errors of the making of a request as InvalidArgument; what `sender` throws is a ChoreoError. */
export function guarded(client: Client): Client {
  const methods = (["delete", "get", "patch", "post", "put"] as const).map((method) => {
    const call = client[method] as (options: object) => Promise<unknown>;
    const guard = async (options: object & { signal?: AbortSignal | null }): Promise<unknown> => {
      try {
        return await call(options);
      } catch (error) {
        if (error instanceof ChoreoError || options.signal?.aborted) throw error;
        throw new InvalidArgument(`the request cannot be sent: ${error}`, { cause: error });
      }
    };
    return [method, guard] as const;
  });
  return { ...client, ...(Object.fromEntries(methods) as Partial<Client>) };
}

/**
 * Sends a request with retries and returns the successful response. `make` creates the request for each try.
 *
 * @throws Unreachable if no response was received; the error of `toError` for an unsuccessful response.
 */
export async function send(make: () => Request, sending: Sending): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const outcome = await attempt(make(), sending, tried);
    if (typeof outcome !== "number") return outcome;
    await pause(outcome * 1000);
  }
}

/** A successful response, or the seconds until the next try. Throws after the last try. */
async function attempt(request: Request, sending: Sending, tried: number): Promise<Response | number> {
  const sent = { method: request.method, headers: request.headers, repeatable: sending.repeatable ?? false };
  let response: Response;
  let text: string;
  try {
    response = await fetch(request, { signal: abortSignal(request, sending) });
    if (response.ok && sending.timeout === null) return response;
    const bytes = await response.arrayBuffer();
    if (response.ok) return new Response(bytes.byteLength ? bytes : null, response);
    text = new TextDecoder().decode(bytes);
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    const seconds = afterError(sending.retries, sent, error, tried);
    if (seconds !== null) return seconds;
    const { origin, pathname } = new URL(request.url);
    throw new Unreachable(`${request.method} ${origin}${pathname} received no response: ${error}`, { cause: error });
  }
  const saysRetryable = sending.repeatable
    ? isBusyStorage(response.status, text)
    : (problemOf(response, text)?.retryable ?? false);
  const seconds = afterAnswer(sending.retries, sent, response, saysRetryable, tried);
  if (seconds !== null) return seconds;
  throw (sending.toError ?? errorOf)(request, response, text);
}

/** Aborts with the request's own signal or after the timeout. */
function abortSignal(request: Request, sending: Sending): AbortSignal {
  if (sending.timeout === null) return request.signal;
  return AbortSignal.any([request.signal, AbortSignal.timeout(sending.timeout * 1000)]);
}
