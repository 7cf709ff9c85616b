/** Jobs of any kind: submit, list, read, cancel, retry, handles. */

import { type Calls, keyed, type Once, walk } from "./calls.js";
import { type Job, UnexpectedAnswer } from "./errors.js";
import { cancelJob, createEvaluation, createGeneration, createTraining, getJob, listJobs, retryJob } from "./generated/sdk.gen.js";
import type {
  EvaluationEstimate,
  EvaluationRequest,
  Event,
  GenerationEstimate,
  GenerationRequest,
  ListJobsData,
  TrainingEstimate,
  TrainingRequest,
} from "./generated/types.gen.js";
import { Evaluation, Generation, Handle, Training } from "./handles.js";
import { events } from "./streams.js";

/** The handle of a job of any kind. */
export type AnyHandle = Training | Generation | Evaluation | Handle<Job>;

const DRY_RUN = { dry_run: true };

/** Submit and estimate trainings. */
export class Trainings {
  constructor(private readonly calls: Calls) {}

  /** Queues a training. Omitted fields, also of the recipe, have the base model's defaults. */
  async create(body: TrainingRequest, once: Once = {}): Promise<Training> {
    const { data } = await createTraining({ client: this.calls.client, body, headers: keyed(once) });
    if (!("id" in data)) throw new UnexpectedAnswer("the response has an estimate instead of a job");
    return new Training(this.calls, data);
  }

  /** Estimates the queue wait and GPU seconds of the job that `create` would queue. Queues nothing. */
  async estimate(body: TrainingRequest): Promise<TrainingEstimate> {
    const { data } = await createTraining({ client: this.calls.client, body, query: DRY_RUN });
    if ("id" in data) throw new UnexpectedAnswer("the response has a job instead of an estimate");
    return data;
  }
}

/** Submit and estimate generations. */
export class Generations {
  constructor(private readonly calls: Calls) {}

  /** Queues a generation with a concept (`con_...`, `con_...@3`, `con_...@prod`) or with the base model alone. */
  async create(body: GenerationRequest, once: Once = {}): Promise<Generation> {
    const { data } = await createGeneration({ client: this.calls.client, body, headers: keyed(once) });
    if (!("id" in data)) throw new UnexpectedAnswer("the response has an estimate instead of a job");
    return new Generation(this.calls, data);
  }

  /** Estimates the queue wait and GPU seconds of the job that `create` would queue. Queues nothing. */
  async estimate(body: GenerationRequest): Promise<GenerationEstimate> {
    const { data } = await createGeneration({ client: this.calls.client, body, query: DRY_RUN });
    if ("id" in data) throw new UnexpectedAnswer("the response has a job instead of an estimate");
    return data;
  }
}

/** Submit and estimate evaluations. */
export class Evaluations {
  constructor(private readonly calls: Calls) {}

  /** Queues an evaluation of a version: one video is generated and measured for each prompt and seed. */
  async create(body: EvaluationRequest, once: Once = {}): Promise<Evaluation> {
    const { data } = await createEvaluation({ client: this.calls.client, body, headers: keyed(once) });
    if (!("id" in data)) throw new UnexpectedAnswer("the response has an estimate instead of a job");
    return new Evaluation(this.calls, data);
  }

  /** Estimates the queue wait and GPU seconds of the job that `create` would queue. Queues nothing. */
  async estimate(body: EvaluationRequest): Promise<EvaluationEstimate> {
    const { data } = await createEvaluation({ client: this.calls.client, body, query: DRY_RUN });
    if ("id" in data) throw new UnexpectedAnswer("the response has a job instead of an estimate");
    return data;
  }
}

/** The jobs of this tenant. */
export class Jobs {
  constructor(private readonly calls: Calls) {}

  /** @throws NotFound */
  async get(id: string): Promise<Job> {
    return (await getJob({ client: this.calls.client, path: { job_id: id } })).data;
  }

  /** The jobs that match all filters, newest first; pages are read on demand. */
  list(filter: Omit<NonNullable<ListJobsData["query"]>, "limit" | "cursor"> = {}): AsyncGenerator<Job, void> {
    return walk<Job>(this.calls, (query) => listJobs({ client: this.calls.client, query: { ...filter, ...query } }));
  }

  /** Cancels a queued job at once; a running one is `canceling` until its engine has stopped. */
  async cancel(id: string): Promise<Job> {
    return (await cancelJob({ client: this.calls.client, path: { job_id: id } })).data;
  }

  /** Queues a new job with the specification of a failed or canceled one. */
  async retry(id: string, once: Once = {}): Promise<AnyHandle> {
    const path = { job_id: id };
    return this.follow((await retryJob({ client: this.calls.client, path, headers: keyed(once) })).data);
  }

  /** The handle of a job, by its id. @throws NotFound */
  async handle(id: string): Promise<AnyHandle> {
    return this.follow(await this.get(id));
  }

  /** The events of a job, by its id; see `Handle.stream`. */
  events(id: string, { after = 0 }: { after?: number } = {}): AsyncGenerator<Event, void> {
    return events(this.calls, id, after);
  }

  /** The handle of a job that was read before; a plain `Handle` for a kind that this client does not know. */
  follow(job: Job): AnyHandle {
    switch (job.kind) {
      case "training":
        return new Training(this.calls, job);
      case "generation":
        return new Generation(this.calls, job);
      case "evaluation":
        return new Evaluation(this.calls, job);
      default:
        return new Handle<Job>(this.calls, job);
    }
  }
}
