/** One call at an address where a test has scripted the answers; prints what came of it. */

import { Choreo, ProblemError } from "choreo-sdk";

const [call = ""] = process.argv.slice(2);
const choreo = new Choreo({ retries: { first: 0.01, longest: 0.05 } });
const calls: Record<string, () => Promise<unknown>> = {
  create: async () => (await choreo.concepts.create({ name: "orbiting" })).id,
  alias: async () => (await choreo.concepts.setAlias("con_1", "prod", { version: 2 })).name,
  models: async () => (await choreo.baseModels()).length,
  events: async () => {
    const seen: unknown[] = [];
    for await (const event of choreo.jobs.events("job_1")) seen.push(event.state_seq);
    return seen.join(",");
  },
};
try {
  console.log(await calls[call]?.());
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.log(error.name, error instanceof ProblemError ? error.retryAfter : "");
}
