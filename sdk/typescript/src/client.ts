/** The client of one service, with one tenant's API key. */

import { type Calls, walk } from "./calls.js";
import { Clips } from "./clips.js";
import { Concepts } from "./concepts.js";
import { WebhookEndpoints } from "./endpoints.js";
import { NotConfigured } from "./errors.js";
import { type Client, createClient, createConfig } from "./generated/client/index.js";
import { getUsage, listBaseModels, listEvents } from "./generated/sdk.gen.js";
import type { BaseModel, Event, GetUsageData, UsageReport } from "./generated/types.gen.js";
import { Evaluations, Generations, Jobs, Trainings } from "./jobs.js";
import { RETRIES, type Retries } from "./retries.js";
import { sender } from "./sender.js";
import { Storage } from "./storage.js";
import { VERSION } from "./version.js";

/** Longer than the maximum of `Prefer: wait`, which is 60 seconds. */
const TIMEOUT_SECONDS = 75;
const AGENT = `choreo-typescript/${VERSION}`;

/** Options of the client. */
export interface Options {
  /** URL of the service; default: the environment variable `CHOREO_BASE_URL`. */
  readonly baseUrl?: string | undefined;
  /** API key; default: the environment variable `CHOREO_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** The retry policy; omitted fields have their defaults. */
  readonly retries?: Partial<Retries>;
  /** Seconds until a single try times out; default 75. */
  readonly timeout?: number;
  /** Items per page of a list, at most 100; default 100. */
  readonly pageSize?: number;
}

/**
 * A client of one service with one API key. `choreo-sdk/generated` has a function for every endpoint. Called with
 * `client`, these functions have the same idempotency keys, retries and errors.
 */
export class Choreo {
  readonly client: Client;
  readonly clips: Clips;
  readonly concepts: Concepts;
  readonly trainings: Trainings;
  readonly generations: Generations;
  readonly evaluations: Evaluations;
  readonly jobs: Jobs;
  readonly webhookEndpoints: WebhookEndpoints;
  private readonly calls: Calls;

  /** @throws NotConfigured if the service URL or the API key is neither in the options nor in the environment. */
  constructor(options: Options = {}) {
    const baseUrl = setting("CHOREO_BASE_URL", options.baseUrl).replace(/\/+$/, "");
    const headers = { Authorization: `Bearer ${setting("CHOREO_API_KEY", options.apiKey)}`, "User-Agent": AGENT };
    const retries = { ...RETRIES, ...options.retries };
    const fetch = sender({ retries, timeout: options.timeout ?? TIMEOUT_SECONDS });
    this.client = createClient(createConfig({ baseUrl, headers, fetch, throwOnError: true }));
    const calls: Calls = {
      client: this.client,
      baseUrl,
      headers,
      retries,
      pageSize: options.pageSize ?? 100,
      storage: new Storage(retries),
    };
    this.calls = calls;
    this.clips = new Clips(calls);
    this.concepts = new Concepts(calls);
    this.trainings = new Trainings(calls);
    this.generations = new Generations(calls);
    this.evaluations = new Evaluations(calls);
    this.jobs = new Jobs(calls);
    this.webhookEndpoints = new WebhookEndpoints(calls);
  }

  /** The base models of the service, the default first. */
  async baseModels(): Promise<BaseModel[]> {
    return (await listBaseModels({ client: this.client })).data.data;
  }

  /** Jobs and GPU seconds by kind and period, and the current storage use. */
  async usage(query: NonNullable<GetUsageData["query"]> = {}): Promise<UsageReport> {
    return (await getUsage({ client: this.client, query })).data;
  }

  /** The tenant's events after a `seq`, in order, without gaps. Store the last `seq` to continue from it. */
  events({ after = 0 }: { after?: number } = {}): AsyncGenerator<Event, void> {
    return walk(this.calls, (query) => listEvents({ client: this.client, query: { ...query, after } }));
  }
}

/** The given value, or the environment variable `name`. */
function setting(name: string, given: string | undefined): string {
  const found = given || process.env[name];
  if (!found) throw new NotConfigured(`${name} is not set: pass baseUrl and apiKey, or set the environment variable`);
  return found;
}
