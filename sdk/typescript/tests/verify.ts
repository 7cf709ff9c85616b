/** Verifies the webhooks that it reads, one a line, and prints what came of each; `at` is when, in milliseconds. */

import { createInterface } from "node:readline";

import { webhooks } from "choreo-sdk";

interface Try {
  readonly payload: string;
  readonly headers: Record<string, string>;
  readonly secret: string;
  readonly at: number;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { payload, headers, secret, at } = JSON.parse(line) as Try;
  Date.now = () => at;
  try {
    const { id, type } = webhooks.verify(payload, headers, secret);
    console.log(id, type);
  } catch (error) {
    console.log((error as Error).message);
  }
}
