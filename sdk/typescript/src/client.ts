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
import { guarded, sender, serialized } from "./sender.js";
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
  /** Seconds until a single try times out, or a download has brought nothing; default 75, for downloads 120. */
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

  /** @throws NotConfigured if the service URL or the API key is malformed or neither in the options nor in the environment. */
  constructor(options: Options = {}) {
    const baseUrl = checkedUrl(setting("CHOREO_BASE_URL", options.baseUrl));
    const apiKey = checkedKey(setting("CHOREO_API_KEY", options.apiKey));
    const headers = { Authorization: `Bearer ${apiKey}`, "User-Agent": AGENT };
    const retries = { ...RETRIES, ...options.retries };
    const fetch = sender({ retries, timeout: options.timeout ?? TIMEOUT_SECONDS });
    const config = createConfig({ baseUrl, headers, fetch, bodySerializer: serialized, throwOnError: true });
    this.client = guarded(createClient(config));
    const calls: Calls = {
      client: this.client,
      baseUrl,
      headers,
      retries,
      pageSize: options.pageSize ?? 100,
      storage: new Storage(retries, options.timeout),
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

/** The URL without slashes at its end. Throws NotConfigured if it is not the URL of an HTTP server. */
function checkedUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:\/\//i.test(text)) {
    throw new NotConfigured(`${text} is not the URL of a service: it starts with http:// or https://`);
  }
  return text.replace(/\/+$/, "");
}

function checkedKey(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new NotConfigured("the API key has characters that no key has");
  return key;
}

/** The given value, or the environment variable `name`, without white space around it. */
function setting(name: string, given: string | undefined): string {
  const found = (given || process.env[name])?.trim();
  if (!found) throw new NotConfigured(`${name} is not set: pass baseUrl and apiKey, or set the environment variable`);
  return found;
}
