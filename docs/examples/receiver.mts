/**
 * A webhook receiver. It verifies the signature of each message, and drops messages older than the known state.
 *
 * CHOREO_WEBHOOK_SECRET=whsec_... node receiver.mjs 8091
 */

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import { WebhookRefused, webhooks } from "choreo-sdk";

const secret = process.env.CHOREO_WEBHOOK_SECRET ?? "";
const MAX_BYTES = 20_000; // the service sends no larger body

/** The newest `state_seq` of each job. In production this is a table, and the comparison is part of its UPDATE. */
const newest = new Map<string, number>();

/** Whether the message is newer than the known state. Retries and reordering deliver messages late or twice. */
function isNewer(jobId: string, stateSeq: number): boolean {
  const known = newest.get(jobId) ?? 0;
  newest.set(jobId, Math.max(known, stateSeq));
  return stateSeq > known;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BYTES) break; // the verification of a truncated body fails
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const server = createServer(async (request, response) => {
  let message: webhooks.WebhookMessage;
  try {
    message = webhooks.verify(await read(request), request.headers, secret);
  } catch (error) {
    if (!(error instanceof WebhookRefused)) throw error;
    console.log(`refused: ${error.message}`);
    response.writeHead(401).end();
    return;
  }
  response.writeHead(204).end(); // also for stale messages: after an error status they are sent again
  const { id, state_seq: stateSeq } = message.data as { id?: string; state_seq?: number };
  if (id === undefined || stateSeq === undefined) console.log(message.type);
  else if (isNewer(id, stateSeq)) console.log(`${message.type} ${id} ${stateSeq}`);
  else console.log(`stale ${id} ${stateSeq}`);
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
