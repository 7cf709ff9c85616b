/** From an HTTP answer to an error. */

import { BY_STATUS, type ChoreoError, ProblemError, UnexpectedAnswer } from "./errors.js";
import type { Problem } from "./generated/types.gen.js";
import { retryAfter } from "./retries.js";

const SHOWN_CHARACTERS = 200;
/** What proxies answer themselves about a service behind them, without knowing of its problems. */
const FROM_IN_BETWEEN: Readonly<Record<number, string>> = {
  429: "Too Many Requests",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The problem that an answer is, if it is one. */
export function problemOf(response: Response, text: string): Problem | null {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return null;
  try {
    const found = JSON.parse(text) as Partial<Problem>;
    return typeof found.code === "string" && typeof found.detail === "string" ? (found as Problem) : null;
  } catch {
    return null;
  }
}

/** The error that an answer with an error status, or a redirect, means. */
export function errorOf(request: Request, response: Response, text: string): ChoreoError {
  const problem = problemOf(response, text) ?? fromInBetween(request, response, text);
  if (problem === null) return new UnexpectedAnswer(described(request, response, text));
  const Kind = BY_STATUS.get(response.status) ?? ProblemError;
  return new Kind(problem, retryAfter(response.headers));
}

/** A request and its answer in a line; the query of the address may be a signature, so it is left out. */
export function described(request: Request, response: Response, text: string): string {
  const { origin, pathname } = new URL(request.url);
  const words = text.slice(0, SHOWN_CHARACTERS);
  return `${request.method} ${origin}${pathname} answered ${response.status}${words && ": "}${words}`;
}

function fromInBetween(request: Request, response: Response, text: string): Problem | null {
  const title = FROM_IN_BETWEEN[response.status];
  if (title === undefined) return null;
  return {
    type: "about:blank",
    title,
    status: response.status,
    detail: described(request, response, text),
    code: title.toLowerCase().replaceAll(" ", "_"),
    request_id: response.headers.get("X-Request-Id") ?? "no request id",
    retryable: true,
    errors: [],
  };
}
