/** Registered webhook endpoints, and what was sent to them. */

import { type Calls, keyed, type Once, walk } from "./calls.js";
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getDelivery,
  getWebhookEndpoint,
  listDeliveries,
  listWebhookEndpoints,
  redeliver,
  rotateWebhookSecret,
  testWebhookEndpoint,
  updateWebhookEndpoint,
} from "./generated/sdk.gen.js";
import type {
  ListDeliveriesData,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookEndpointCreate,
  WebhookEndpointPatch,
  WebhookEndpointWithSecret,
} from "./generated/types.gen.js";

/** Register receivers, see what they answered, send it again. */
export class WebhookEndpoints {
  constructor(private readonly calls: Calls) {}

  /** Registers a receiver. Keep the `secret` of this answer: no later one has it. */
  async create(body: WebhookEndpointCreate, once: Once = {}): Promise<WebhookEndpointWithSecret> {
    return (await createWebhookEndpoint({ client: this.calls.client, body, headers: keyed(once) })).data;
  }

  async get(id: string): Promise<WebhookEndpoint> {
    return (await getWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id } })).data;
  }

  /** The newest first. */
  list(): AsyncGenerator<WebhookEndpoint, void> {
    return walk(this.calls, (query) => listWebhookEndpoints({ client: this.calls.client, query }));
  }

  /** Changes what is given and leaves the rest. */
  async update(id: string, body: WebhookEndpointPatch): Promise<WebhookEndpoint> {
    return (await updateWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id }, body })).data;
  }

  /** Forgets it and the log of its deliveries. */
  async delete(id: string): Promise<void> {
    await deleteWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id } });
  }

  /** A new secret; for 24 hours messages are signed by both. */
  async rotateSecret(id: string, once: Once = {}): Promise<WebhookEndpointWithSecret> {
    const path = { endpoint_id: id };
    return (await rotateWebhookSecret({ client: this.calls.client, path, headers: keyed(once) })).data;
  }

  /** Sends a `webhook.test`; read the delivery to see what came of it. */
  async test(id: string): Promise<WebhookDelivery> {
    return (await testWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id } })).data;
  }

  /** What was sent, to which endpoint or for which job, and what was answered; the newest first. */
  deliveries(
    filter: Omit<NonNullable<ListDeliveriesData["query"]>, "limit" | "cursor"> = {},
  ): AsyncGenerator<WebhookDelivery, void> {
    return walk(this.calls, (query) => listDeliveries({ client: this.calls.client, query: { ...filter, ...query } }));
  }

  /** One delivery, try by try. */
  async delivery(id: string): Promise<WebhookDelivery> {
    return (await getDelivery({ client: this.calls.client, path: { delivery_id: id } })).data;
  }

  /** Sends a message again, under the same `webhook-id`, at once. */
  async redeliver(id: string): Promise<WebhookDelivery> {
    return (await redeliver({ client: this.calls.client, path: { delivery_id: id } })).data;
  }
}
