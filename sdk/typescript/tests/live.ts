/** What a product backend does with a running service, whose stand-in for workers ends every job at once. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Choreo, ClipRejected, Conflict, type Event, Invalid, JobFailed, NotFound, StillRunning } from "choreo-sdk";

const [folder = ".", clipFile = ""] = process.argv.slice(2);
const choreo = new Choreo({ retries: { first: 0.01, longest: 0.05 }, pageSize: 2 });

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

// clips
const clip = await choreo.clips.upload(clipFile);
assert.deepEqual([clip.state, clip.num_frames], ["ready", 16]);
assert.equal((await choreo.clips.upload(clipFile, { idempotencyKey: "clip" })).state, "ready");
await writeFile(join(folder, "none.mp4"), "not a video");
await assert.rejects(choreo.clips.upload(join(folder, "none.mp4")), (error) => {
  assert(error instanceof ClipRejected);
  return error.code === "not_a_video";
});

// concepts, in pages
const concept = await choreo.concepts.create({ name: "orbiting" });
const made = [concept.id];
for (const name of ["b", "c", "d", "e"]) made.unshift((await choreo.concepts.create({ name })).id);
assert.deepEqual((await collect(choreo.concepts.list())).map(({ id }) => id), made);
const once = { idempotencyKey: "order-17" };
const [first, second] = [await choreo.concepts.create({ name: "f" }, once), await choreo.concepts.create({ name: "f" }, once)];
assert.equal(first.id, second.id);

// a training, watched; the second job of the stand-in
const body = { concept: concept.id, clips: [{ clip_id: clip.id, caption: "a ball orbiting" }] };
const estimate = await choreo.trainings.estimate(body);
assert.deepEqual([estimate.kind, estimate.spec.concept_id], ["training", concept.id]);
const training = await choreo.trainings.create(body);
const seen: string[] = [];
await training.wait({ onProgress: (job) => seen.push(job.state), timeout: 60 });
assert.equal(seen.at(-1), "succeeded");
assert.equal(training.concept, `${concept.id}@1`);
assert.equal((await training.version()).adapter.name, "adapter.safetensors");
const downloaded = await choreo.concepts.download(concept.id, 1, join(folder, "version"));
assert.equal(await readFile(join(downloaded, "adapter_model.safetensors"), "utf8"), "weights");
await assert.rejects(training.checkpoint(), Conflict); // it has ended
await assert.rejects(training.preview({ prompt: "a cube" }), Conflict);
await assert.rejects(training.promote(), (error) => error instanceof Conflict && error.code === "no_checkpoint");
await choreo.concepts.setAlias(concept.id, "prod", { version: 1 });
await assert.rejects(choreo.concepts.setAlias(concept.id, "prod", { version: 1 }), Conflict);

// a generation, streamed and fetched
const generation = await choreo.generations.create({ prompt: "a cube orbiting", concept: `${concept.id}@prod`, seed: 1 });
const events: Event[] = await collect(generation.stream());
assert.deepEqual(events.map(({ state_seq }) => state_seq), events.map((_, index) => index + 1));
assert.equal(events.at(-1)?.type, "generation.succeeded");
assert.deepEqual(await collect(generation.stream({ after: events.length })), []);
const path = await generation.download(join(folder, "new", "video.mp4"));
assert.equal(await readFile(path, "utf8"), "moving");
const failing = await choreo.generations.create({ prompt: "a cube" }); // every third job of the stand-in fails
await assert.rejects(failing.wait({ timeout: 60 }), JobFailed);
assert.equal((await choreo.jobs.retry(failing.id)).job.retry_of, failing.id);
assert.deepEqual(
  (await collect(choreo.jobs.list({ kind: "training" }))).map(({ id }) => id),
  [training.id],
);
assert.equal((await choreo.jobs.handle(training.id)).job.kind, "training");
const all = await collect(choreo.events());
assert.deepEqual(all.map(({ seq }) => seq), all.map((_, index) => index + 1));

// problems
await assert.rejects(choreo.generations.create({ prompt: "a cube", steps: 0 }), (error) => {
  assert(error instanceof Invalid);
  return error.fields[0]?.pointer === "/steps" && error.requestId.startsWith("req_");
});
await assert.rejects(choreo.clips.get("clip_01KAPZ6V3W8Q0M4N5R6S7T8V9X"), NotFound);
assert(new StillRunning(training.job, 1).message.endsWith("after 1 s"));

// webhook endpoints
const endpoint = await choreo.webhookEndpoints.create({ url: "https://example.com/hook" });
assert.match(endpoint.secret ?? "", /^whsec_/);
const delivery = await choreo.webhookEndpoints.test(endpoint.id);
assert.deepEqual((await collect(choreo.webhookEndpoints.deliveries({ endpoint: endpoint.id }))).map(({ id }) => id), [
  delivery.id,
]);
await choreo.webhookEndpoints.delete(endpoint.id);
assert.deepEqual(await collect(choreo.webhookEndpoints.list()), []);
assert((await choreo.baseModels()).length > 0);
assert.equal((await choreo.usage()).jobs.length > 0, true);
console.log("all of it");
