/** Makes the call that each line of the input names, at a service whose answers a test has scripted. */

import { createInterface } from "node:readline";

import { Choreo, ChoreoError } from "choreo-sdk";

interface Try {
  readonly call: string;
  readonly attempts: number;
  readonly argument?: string;
}

const NAN = { recipe: { rank: NaN } } as object;

function calls(choreo: Choreo, argument: string): Record<string, () => Promise<unknown>> {
  return {
    models: () => choreo.baseModels(),
    jobs: async () => (await choreo.jobs.list().next()).value?.id,
    job: async () => (await choreo.jobs.handle("job_1")).hasEnded,
    clip: () => choreo.clips.get(argument),
    name: () => choreo.concepts.create({ name: argument }),
    key: () => choreo.concepts.create({ name: "orbiting" }, { idempotencyKey: argument }),
    nan: () => choreo.trainings.create({ concept: "con_1", clips: [], ...NAN }),
    upload: () => choreo.clips.upload(argument),
    events: async () => (await choreo.jobs.events("job_1").next()).value?.type,
    download: async () => (await generation(choreo)).download(argument),
    url: async () => new Choreo({ baseUrl: argument, apiKey: "chk_1" }),
    apiKey: async () => new Choreo({ apiKey: argument }),
  };
}

async function generation(choreo: Choreo): Promise<{ download(path: string): Promise<string> }> {
  const handle = await choreo.jobs.handle("job_1");
  if (!("download" in handle)) throw new Error(`${handle.id} is no generation`);
  return handle;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { call, attempts, argument = "" } = JSON.parse(line) as Try;
  const choreo = new Choreo({ retries: { attempts, first: 0.01, longest: 0.05 }, timeout: 0.5 });
  try {
    await calls(choreo, argument)[call]?.();
    console.log("done");
  } catch (error) {
    console.log(error instanceof ChoreoError ? error.name : `${error}`);
  }
}
