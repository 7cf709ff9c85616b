/** Webhooks: believe only what is signed (Standard Webhooks 1.0.0). */

import { Webhook } from "standardwebhooks";

import { NotConfigured, WebhookRefused } from "./errors.js";
import type { WebhookPayload } from "./generated/types.gen.js";

/** A webhook that held; `id` is the same in every try, so drop what you have seen. */
export interface WebhookMessage extends WebhookPayload {
  readonly id: string;
}

/** Names in any case, as node, `fetch` and most frameworks have them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | string[] | undefined>>;

/**
 * The message, once its signature and age (five minutes) hold. `payload` is the body byte for byte as it arrived, not
 * parsed and written again; `secret` is the `whsec_...` of the endpoint.
 *
 * @throws WebhookRefused when it was not signed with this secret, was changed on the way, is too old, or is no such
 * message; NotConfigured when the secret is none.
 */
export function verify(payload: string | Uint8Array, headers: WebhookHeaders, secret: string): WebhookMessage {
  const lowered = lower(headers);
  const webhook = open(secret);
  let body: unknown;
  try {
    body = webhook.verify(typeof payload === "string" ? payload : Buffer.from(payload), lowered);
  } catch (error) {
    throw new WebhookRefused(`the webhook does not hold: ${error}`, { cause: error });
  }
  if (!isPayload(body)) throw new WebhookRefused("the body is not one of Choreo's webhooks");
  return { ...body, id: lowered["webhook-id"] ?? "" };
}

function lower(headers: WebhookHeaders): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function open(secret: string): Webhook {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) {
    throw new NotConfigured("this is not a webhook secret: it has the form whsec_ and base64");
  }
  try {
    return new Webhook(secret);
  } catch (error) {
    throw new NotConfigured("this is not a webhook secret: it has the form whsec_ and base64", { cause: error });
  }
}

function isPayload(body: unknown): body is WebhookPayload {
  const { type, timestamp, data } = (body ?? {}) as Partial<WebhookPayload>;
  return typeof type === "string" && typeof timestamp === "string" && typeof data === "object" && data !== null;
}
