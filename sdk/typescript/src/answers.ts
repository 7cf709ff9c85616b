/** Conversion of HTTP error responses to errors, and checks of what successful ones have. */

import { BY_STATUS, type ChoreoError, ProblemError, UnexpectedAnswer } from "./errors.js";
import type { Problem } from "./generated/types.gen.js";
import { retryAfter } from "./retries.js";

const SHOWN_CHARACTERS = 200;
/** Titles of the statuses that proxies send themselves, without a problem document; 520 to 524 are Cloudflare's. */
const PROXY_STATUSES: Readonly<Record<number, string>> = {
  408: "Request Timeout",
  425: "Too Early",
  429: "Too Many Requests",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  520: "Unknown Error",
  521: "Web Server Is Down",
  522: "Connection Timed Out",
  523: "Origin Is Unreachable",
  524: "A Timeout Occurred",
};

/** The problem document (RFC 9457) of a response, or null if it has none. */
export function problemOf(response: Response, text: string): Problem | null {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return null;
  try {
    const found = JSON.parse(text) as Partial<Problem>;
    return typeof found.code === "string" && typeof found.detail === "string" ? (found as Problem) : null;
  } catch {
    return null;
  }
}

/** The error for a response with an error status or a redirect. */
export function errorOf(request: Request, response: Response, text: string): ChoreoError {
  const problem = problemOf(response, text) ?? proxyProblem(request, response, text);
  if (problem === null) return new UnexpectedAnswer(described(request, response, text));
  const Kind = BY_STATUS.get(response.status) ?? ProblemError;
  return new Kind(problem, retryAfter(response.headers));
}

/** One line about a request and its response. It omits the query of the URL, which may contain a signature. */
export function described(request: Request, response: Response, text: string): string {
  const { origin, pathname } = new URL(request.url);
  const words = text.slice(0, SHOWN_CHARACTERS);
  return `${request.method} ${origin}${pathname} answered ${response.status}${words && ": "}${words}`;
}

/** The error page of a proxy as a problem, or null for other statuses. */
function proxyProblem(request: Request, response: Response, text: string): Problem | null {
  const title = PROXY_STATUSES[response.status];
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

/** A value of a response after a check of the fields on which this client relies. @throws UnexpectedAnswer. */
export function withFields<T>(value: T, fields: Readonly<Record<string, "string" | "number" | "array">>): T {
  for (const [name, type] of Object.entries(fields)) {
    const field = (value as Record<string, unknown> | null | undefined)?.[name];
    const found = Array.isArray(field) ? "array" : typeof field;
    if (found !== type) throw new UnexpectedAnswer(`the response's ${name} is a value of type ${found}, not ${type}`);
  }
  return value;
}
