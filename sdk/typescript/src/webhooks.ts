/** Verification of webhooks (Standard Webhooks 1.0.0). */

import { Webhook } from "standardwebhooks";

import { InvalidArgument, NotConfigured, WebhookRefused } from "./errors.js";
import type { WebhookPayload } from "./generated/types.gen.js";

const SPACE = /^[ \t\r\n\v\f\u00a0\ufeff]+|[ \t\r\n\v\f\u00a0\ufeff]+$/g;
/** Base64 of 24 to 64 bytes (Standard Webhooks 1.0.0), with its padding. */
const SECRET = /^whsec_(?=[A-Za-z0-9+/]{32,86}=*$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A verified webhook; `id` is equal in every delivery attempt, so that duplicates can be dropped. */
export interface WebhookMessage extends WebhookPayload {
  readonly id: string;
}

/** Request headers with names in any case, as Node, `fetch` and most frameworks provide them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | string[] | undefined>>;

/**
 * Verifies a message's signature and age (at most five minutes) and returns it. `payload` is the request body, unparsed
 * and byte for byte as received; `secret` is the `whsec_...` of the endpoint, and white space around it does not count.
 *
 * @throws WebhookRefused if the signature is invalid, the message is too old, or the body is not a webhook of Choreo;
 * NotConfigured if the secret is missing or malformed; InvalidArgument if the payload is neither bytes nor text.
 */
export function verify(payload: string | Uint8Array, headers: WebhookHeaders, secret: string): WebhookMessage {
  if (typeof payload !== "string" && !((payload as unknown) instanceof Uint8Array)) {
    throw new InvalidArgument(`the payload is the raw body, not a value of type ${typeof payload}`);
  }
  const lowered = lower(headers);
  const webhook = open(secret);
  let body: unknown;
  try {
    body = webhook.verify(typeof payload === "string" ? payload : Buffer.from(payload), lowered);
  } catch (error) {
    throw new WebhookRefused(`the webhook's signature or timestamp is invalid: ${error}`, { cause: error });
  }
  if (!isPayload(body)) throw new WebhookRefused("the body is not a webhook of Choreo");
  return { ...body, id: lowered["webhook-id"] ?? "" };
}

function lower(headers: WebhookHeaders): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function open(secret: string): Webhook {
  const found = typeof secret === "string" ? secret.replace(SPACE, "") : "";
  if (!SECRET.test(found)) {
    throw new NotConfigured("not a webhook secret: the format is whsec_ followed by base64 of 24 to 64 bytes");
  }
  return new Webhook(found);
}

function isPayload(body: unknown): body is WebhookPayload {
  const { type, timestamp, data } = (body ?? {}) as Partial<WebhookPayload>;
  return typeof type === "string" && typeof timestamp === "string" && typeof data === "object" && data !== null;
}
