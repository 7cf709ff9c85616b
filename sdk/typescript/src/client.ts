/** The way in: one service, one tenant. */

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

/** Longer than the 60 seconds for which `Prefer: wait` may hold an answer. */
const TIMEOUT_SECONDS = 75;
const AGENT = `choreo-typescript/${VERSION}`;

/** Where the service is and how to speak to it. */
export interface Options {
  /** `CHOREO_BASE_URL` when left out. */
  readonly baseUrl?: string | undefined;
  /** `CHOREO_API_KEY` when left out. */
  readonly apiKey?: string | undefined;
  readonly retries?: Partial<Retries>;
  /** For each try, in seconds. */
  readonly timeout?: number;
  /** How many items of a list are read at once, at most 100. */
  readonly pageSize?: number;
}

/**
 * Speaks to one service with one key. What has no method of its own is in `choreo-sdk/generated`: those functions take
 * `client`, and get the same keys, retries and errors.
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

  /** @throws NotConfigured when neither the options nor the environment say where, or with which key. */
  constructor(options: Options = {}) {
    const baseUrl = told("CHOREO_BASE_URL", options.baseUrl).replace(/\/+$/, "");
    const headers = { Authorization: `Bearer ${told("CHOREO_API_KEY", options.apiKey)}`, "User-Agent": AGENT };
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

  /** Every base model of the service, the default one first. */
  async baseModels(): Promise<BaseModel[]> {
    return (await listBaseModels({ client: this.client })).data.data;
  }

  /** Jobs and GPU seconds by kind and period, and what is stored now. */
  async usage(query: NonNullable<GetUsageData["query"]> = {}): Promise<UsageReport> {
    return (await getUsage({ client: this.client, query })).data;
  }

  /** All that happened to the tenant after a `seq`, in order and without gaps; remember the last `seq`. */
  events({ after = 0 }: { after?: number } = {}): AsyncGenerator<Event, void> {
    return walk(this.calls, (query) => listEvents({ client: this.client, query: { ...query, after } }));
  }
}

function told(name: string, given: string | undefined): string {
  const found = given || process.env[name];
  if (!found) throw new NotConfigured(`${name} not given: pass baseUrl and apiKey, or set the environment`);
  return found;
}
