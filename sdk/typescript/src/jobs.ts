/** Jobs of any kind: send them off, list, read, cancel, retry and follow them. */

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
import { Evaluation, Generation, Training } from "./handles.js";
import { events } from "./streams.js";

const DRY_RUN = { dry_run: true };

/** Send trainings off. */
export class Trainings {
  constructor(private readonly calls: Calls) {}

  /** Queues a training. What is left out, also of the recipe, is what the base model prefers. */
  async create(body: TrainingRequest, once: Once = {}): Promise<Training> {
    const { data } = await createTraining({ client: this.calls.client, body, headers: keyed(once) });
    if (!("id" in data)) throw new UnexpectedAnswer("the service answered with an estimate and not with a job");
    return new Training(this.calls, data);
  }

  /** What `create` would make, wait for and cost; makes nothing. */
  async estimate(body: TrainingRequest): Promise<TrainingEstimate> {
    const { data } = await createTraining({ client: this.calls.client, body, query: DRY_RUN });
    if ("id" in data) throw new UnexpectedAnswer("the service answered with a job and not with an estimate");
    return data;
  }
}

/** Send generations off. */
export class Generations {
  constructor(private readonly calls: Calls) {}

  /** Queues a generation with a concept (`con_...`, `con_...@3`, `con_...@prod`), or with the plain base model. */
  async create(body: GenerationRequest, once: Once = {}): Promise<Generation> {
    const { data } = await createGeneration({ client: this.calls.client, body, headers: keyed(once) });
    if (!("id" in data)) throw new UnexpectedAnswer("the service answered with an estimate and not with a job");
    return new Generation(this.calls, data);
  }

  /** What `create` would make, wait for and cost; makes nothing. */
  async estimate(body: GenerationRequest): Promise<GenerationEstimate> {
    const { data } = await createGeneration({ client: this.calls.client, body, query: DRY_RUN });
    if ("id" in data) throw new UnexpectedAnswer("the service answered with a job and not with an estimate");
    return data;
  }
}

/** Send evaluations off. */
export class Evaluations {
  constructor(private readonly calls: Calls) {}

  /** Queues an evaluation of a version: every prompt is performed with every seed, and measured. */
  async create(body: EvaluationRequest, once: Once = {}): Promise<Evaluation> {
    const { data } = await createEvaluation({ client: this.calls.client, body, headers: keyed(once) });
    if (!("id" in data)) throw new UnexpectedAnswer("the service answered with an estimate and not with a job");
    return new Evaluation(this.calls, data);
  }

  /** What `create` would make, wait for and cost; makes nothing. */
  async estimate(body: EvaluationRequest): Promise<EvaluationEstimate> {
    const { data } = await createEvaluation({ client: this.calls.client, body, query: DRY_RUN });
    if ("id" in data) throw new UnexpectedAnswer("the service answered with a job and not with an estimate");
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

  /** The jobs that match all that is given, the newest first; pages are read as they are needed. */
  list(filter: Omit<NonNullable<ListJobsData["query"]>, "limit" | "cursor"> = {}): AsyncGenerator<Job, void> {
    return walk<Job>(this.calls, (query) => listJobs({ client: this.calls.client, query: { ...filter, ...query } }));
  }

  /** Ends a queued job at once; a running one is `canceling` until its engine has stopped. */
  async cancel(id: string): Promise<Job> {
    return (await cancelJob({ client: this.calls.client, path: { job_id: id } })).data;
  }

  /** A new job that does what a failed or canceled one should have done. */
  async retry(id: string, once: Once = {}): Promise<Training | Generation | Evaluation> {
    const path = { job_id: id };
    return this.follow((await retryJob({ client: this.calls.client, path, headers: keyed(once) })).data);
  }

  /** A job to wait for, to stream and to download from. */
  async handle(id: string): Promise<Training | Generation | Evaluation> {
    return this.follow(await this.get(id));
  }

  /** What happens to a job, by its id, as `Handle.stream` tells it. */
  events(id: string, { after = 0 }: { after?: number } = {}): AsyncGenerator<Event, void> {
    return events(this.calls, id, after);
  }

  /** The handle of a job that was read before. */
  follow(job: Job): Training | Generation | Evaluation {
    switch (job.kind) {
      case "training":
        return new Training(this.calls, job);
      case "generation":
        return new Generation(this.calls, job);
      case "evaluation":
        return new Evaluation(this.calls, job);
    }
  }
}
