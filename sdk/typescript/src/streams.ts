/** Server-Sent Events of a job, resumed after a broken connection (WHATWG HTML, section 9.2). */

import { setTimeout as pause } from "node:timers/promises";

import { EventSourceParserStream } from "eventsource-parser/stream";

import { withFields } from "./answers.js";
import type { Calls } from "./calls.js";
import { UnexpectedAnswer, Unreachable } from "./errors.js";
import type { Event } from "./generated/types.gen.js";
import { checkText, send } from "./sender.js";

/** The service sends at least a comment every 15 seconds; three silent intervals mean a broken connection. */
const SILENCE_SECONDS = 45;
const RECONNECT_SECONDS = 1;
/** After this many short connections without an event, a proxy is assumed to block streams. */
const FRUITLESS_CONNECTIONS = 5;
const SHORT_SECONDS = 10;
/** The last event of a job is named after its kind and a final state. */
const LAST = /^[^.]+\.(succeeded|failed|canceled)$/;

/**
 * The job's events after a `state_seq`, each once, in order, until its end.
 *
 * @throws NotFound; Unreachable if several consecutive connections break without an event; UnexpectedAnswer.
 */
export async function* events(calls: Calls, jobId: string, after: number): AsyncGenerator<Event, void> {
  checkText("the job id", jobId);
  for (let fruitless = 0; fruitless < FRUITLESS_CONNECTIONS; ) {
    const before = after;
    const opened = Date.now();
    for await (const event of connection(calls, jobId, after)) {
      if (event === "ended") return;
      after = event.state_seq ?? after;
      yield event;
      if (LAST.test(event.type)) return;
    }
    fruitless = after > before || Date.now() - opened > SHORT_SECONDS * 1000 ? 0 : fruitless + 1;
    await pause(RECONNECT_SECONDS * 1000);
  }
  throw new Unreachable(`the event stream of ${jobId} was interrupted ${FRUITLESS_CONNECTIONS} times without an event`);
}

/** The events of one connection until it breaks or ends; `ended` after a response without further events. */
async function* connection(calls: Calls, jobId: string, after: number): AsyncGenerator<Event | "ended", void> {
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(), SILENCE_SECONDS * 1000);
  try {
    const response = await open(calls, jobId, after, silence.signal);
    if (response.status === 204 || response.body === null) {
      yield "ended";
      return;
    }
    const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(restarting(watch));
    for await (const message of messages.pipeThrough(new EventSourceParserStream())) {
      if (message.data) yield parsed(message.data);
    }
  } catch (error) {
    if (!isBreak(error)) throw error;
  } finally {
    clearTimeout(watch);
    silence.abort();
  }
}

async function open(calls: Calls, jobId: string, after: number, signal: AbortSignal): Promise<Response> {
  const url = `${calls.baseUrl}/v1/jobs/${encodeURIComponent(jobId)}/events`;
  const headers = { ...calls.headers, Accept: "text/event-stream", "Last-Event-ID": String(after) };
  const init = { headers, signal, redirect: "manual" as const };
  const response = await send(() => new Request(url, init), { retries: calls.retries, timeout: null });
  const type = response.headers.get("Content-Type") ?? "";
  if (response.status !== 204 && !type.startsWith("text/event-stream")) {
    throw new UnexpectedAnswer(`the event stream of ${jobId} has the content type ${type || "(none)"}`);
  }
  return response;
}

/** Passes text on and restarts the silence timer with each chunk. */
function restarting(watch: NodeJS.Timeout): TransformStream<string, string> {
  return new TransformStream({
    transform(chunk, controller) {
      watch.refresh();
      controller.enqueue(chunk);
    },
  });
}

function parsed(data: string): Event {
  let event: Event;
  try {
    event = JSON.parse(data) as Event;
  } catch (error) {
    throw new UnexpectedAnswer(`the data of an event is not JSON: ${data.slice(0, 100)}`, { cause: error });
  }
  return withFields(event, { type: "string" });
}

/** Whether the connection broke (TypeError) or was aborted after the silence timeout (AbortError) while it was read. */
function isBreak(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === "AbortError");
}
