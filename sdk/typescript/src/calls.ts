/** What the nouns share: the generated client with the hand-written sender inside, keys of a call, pages. */

import type { Client } from "./generated/client/index.js";
import { IDEMPOTENCY_KEY, type Retries } from "./retries.js";
import type { Storage } from "./storage.js";

/** What every noun needs to speak to one service. */
export interface Calls {
  readonly client: Client;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retries: Retries;
  readonly pageSize: number;
  readonly storage: Storage;
}

/** What a POST may be told besides its body. */
export interface Once {
  /** Makes it once over the lifetime of your process too: an order number, say. Each call has a key of its own else. */
  readonly idempotencyKey?: string | undefined;
}

/** The header of a call that shall be carried out once. */
export function keyed({ idempotencyKey }: Once): { [IDEMPOTENCY_KEY]?: string } {
  return idempotencyKey === undefined ? {} : { [IDEMPOTENCY_KEY]: idempotencyKey };
}

interface Page<Item> {
  readonly data: Item[];
  readonly next_cursor: string | null;
}

/** Every item of a list, page after page, as they are asked for. `read` gets the cursor of a page. */
export async function* walk<Item>(
  calls: Calls,
  read: (query: { limit: number; cursor: string | null }) => Promise<{ data: Page<Item> }>,
): AsyncGenerator<Item, void> {
  let cursor: string | null = null;
  do {
    const { data: page }: { data: Page<Item> } = await read({ limit: calls.pageSize, cursor });
    yield* page.data;
    cursor = page.next_cursor;
  } while (cursor !== null);
}
