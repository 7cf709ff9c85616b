/** Reads what a service that is newer than this client answers, and prints what it kept. */

import { Choreo, JobUnsuccessful } from "choreo-sdk";

const choreo = new Choreo({ retries: { first: 0.01, longest: 0.05 } });
for await (const job of choreo.jobs.list()) console.log(job.id, job.kind, job.state, job.error?.fault, "brand_new" in job);
for (const model of await choreo.baseModels()) console.log(model.id, model.readiness, "brand_new" in model);
for await (const clip of choreo.clips.list()) console.log(clip.id, clip.state, clip.rejection?.code);
const handle = await choreo.jobs.handle("job_new");
try {
  await handle.wait();
} catch (error) {
  if (!(error instanceof JobUnsuccessful)) throw error;
  console.log(error.message);
}
for await (const event of handle.stream()) console.log(event.type);
