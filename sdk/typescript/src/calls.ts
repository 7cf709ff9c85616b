/** Shared by the resource classes: the generated client on the hand-written transport, idempotency keys, pagination. */

import { withFields } from "./answers.js";
import type { Client } from "./generated/client/index.js";
import { IDEMPOTENCY_KEY, type Retries } from "./retries.js";
import type { Storage } from "./storage.js";

/** The connection to one service, shared by all resource classes. */
export interface Calls {
  readonly client: Client;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retries: Retries;
  readonly pageSize: number;
  readonly storage: Storage;
}

/** Options of a POST besides its body. */
export interface Once {
  /**
   * Idempotency key, for example an order number: the service carries out requests with an equal key once, also across
   * restarts of the calling process. By default each call has a random key.
   */
  readonly idempotencyKey?: string | undefined;
}

/** The header with the idempotency key, if one is given. */
export function keyed({ idempotencyKey }: Once): { [IDEMPOTENCY_KEY]?: string } {
  return idempotencyKey === undefined ? {} : { [IDEMPOTENCY_KEY]: idempotencyKey };
}

interface Page<Item> {
  readonly data: Item[];
  readonly next_cursor: string | null;
}

/** The items of all pages of a list. Pages are read on demand; `read` reads the page at a cursor. */
export async function* walk<Item>(
  calls: Calls,
  read: (query: { limit: number; cursor: string | null }) => Promise<{ data: Page<Item> }>,
): AsyncGenerator<Item, void> {
  let cursor: string | null = null;
  do {
    const { data: page }: { data: Page<Item> } = await read({ limit: calls.pageSize, cursor });
    yield* withFields(page, { data: "array" }).data;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
