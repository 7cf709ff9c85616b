/** Webhook endpoints and their deliveries. */

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

/** Register webhook endpoints, read the log of deliveries, and redeliver messages. */
export class WebhookEndpoints {
  constructor(private readonly calls: Calls) {}

  /** Registers an endpoint. Store the `secret` of this response: no later response contains it. */
  async create(body: WebhookEndpointCreate, once: Once = {}): Promise<WebhookEndpointWithSecret> {
    return (await createWebhookEndpoint({ client: this.calls.client, body, headers: keyed(once) })).data;
  }

  async get(id: string): Promise<WebhookEndpoint> {
    return (await getWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id } })).data;
  }

  /** All endpoints, newest first; pages are read on demand. */
  list(): AsyncGenerator<WebhookEndpoint, void> {
    return walk(this.calls, (query) => listWebhookEndpoints({ client: this.calls.client, query }));
  }

  /** Changes the given fields. */
  async update(id: string, body: WebhookEndpointPatch): Promise<WebhookEndpoint> {
    return (await updateWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id }, body })).data;
  }

  /** Deletes an endpoint and the log of its deliveries. */
  async delete(id: string): Promise<void> {
    await deleteWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id } });
  }

  /** Creates a new secret. Messages are signed with the old and the new secret for 24 hours. */
  async rotateSecret(id: string, once: Once = {}): Promise<WebhookEndpointWithSecret> {
    const path = { endpoint_id: id };
    return (await rotateWebhookSecret({ client: this.calls.client, path, headers: keyed(once) })).data;
  }

  /** Sends a `webhook.test` message; `delivery` with the returned id reads its result. */
  async test(id: string): Promise<WebhookDelivery> {
    return (await testWebhookEndpoint({ client: this.calls.client, path: { endpoint_id: id } })).data;
  }

  /** The deliveries that match all filters, newest first; pages are read on demand. */
  deliveries(
    filter: Omit<NonNullable<ListDeliveriesData["query"]>, "limit" | "cursor"> = {},
  ): AsyncGenerator<WebhookDelivery, void> {
    return walk(this.calls, (query) => listDeliveries({ client: this.calls.client, query: { ...filter, ...query } }));
  }

  /** One delivery with each of its tries. */
  async delivery(id: string): Promise<WebhookDelivery> {
    return (await getDelivery({ client: this.calls.client, path: { delivery_id: id } })).data;
  }

  /** Sends a message again immediately, with the same `webhook-id`. */
  async redeliver(id: string): Promise<WebhookDelivery> {
    return (await redeliver({ client: this.calls.client, path: { delivery_id: id } })).data;
  }
}
