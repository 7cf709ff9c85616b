// The list of the newest jobs, and the details of one job.

import { LossChart } from "./chart.js";
import { isFinished } from "./client.js";
import { ErrorMessage, MetricList, ProgressBar, Video, duration, relativeTime } from "./components.js";
import { useAction, usePolled } from "./hooks.js";
import { html, useState } from "./vendor/preact-htm.js";

const POLL_MS = 1000;
const LOG_PAGE_SIZE = 100;

export const JobList = ({ jobs, conceptNames, selected, onSelect }) =>
  html`<section class="card jobs">
    <h2>Jobs</h2>
    ${jobs.length === 0 && html`<p class="muted">No jobs yet. Train a concept, or generate a video with the base model.</p>`}
    <ul>
      ${jobs.map(
        (job) =>
          html`<li key=${job.id}>
            <button class="row ${job.id === selected ? "selected" : ""}" onClick=${() => onSelect(job.id)}>
              <span class="title">${titleOf(job, conceptNames)}</span>
              <span class="state ${job.state}">${job.state}</span>
              <small>${relativeTime(job.created_at)}</small>
              ${!isFinished(job) && html`<${ProgressBar} fraction=${job.progress.fraction} />`}
            </button>
          </li>`,
      )}
    </ul>
  </section>`;

function titleOf(job, conceptNames) {
  if (job.kind === "generation") return job.spec.prompt;
  const concept = conceptNames[job.spec.concept_id ?? job.spec.concept?.concept_id] ?? "a deleted concept";
  return job.kind === "training" ? `Train ${concept}` : `Evaluate ${concept}`;
}

export function JobDetails({ client, id, conceptNames, onJob, onDeleted }) {
  const [log] = useState(() => new LogReader(client, id));
  const [loaded, loadError, reload] = usePolled(
    () => load(client, id, log),
    ({ job }) => (isFinished(job) ? null : POLL_MS),
    [client, id],
  );
  const [run, busy, actionError] = useAction(async (request) => {
    const job = await request();
    if (job && job.id !== id) onJob(job);
    else reload();
  });
  if (!loaded) return html`<section class="card">${loadError ? html`<${ErrorMessage} error=${loadError} />` : html`<p class="muted">Loading…</p>`}</section>`;
  const { job, points, lines, version } = loaded;
  const remove = () => run(async () => (await client.delete(`jobs/${id}`), onDeleted(), null));
  return html`<section class="card job" data-job=${id} data-state=${job.state}>
    <header>
      <h2>${titleOf(job, conceptNames)}</h2>
      <span class="state ${job.state}">${job.state}</span>
    </header>
    ${!isFinished(job) && html`<${JobProgress} job=${job} />`}
    ${job.error && html`<${JobError} error=${job.error} />`}
    ${job.warnings.map((warning) => html`<p key=${warning.pointer} class="warning">${warning.message}</p>`)}
    <${JobResult} job=${job} version=${version} />
    <${LossChart} points=${points} />
    <div class="actions">
      ${!isFinished(job) && html`<button disabled=${busy || job.state === "canceling"} onClick=${() => run(() => client.post(`jobs/${id}/cancel`))}>Cancel</button>`}
      ${["failed", "canceled"].includes(job.state) && html`<button disabled=${busy} onClick=${() => run(() => client.post(`jobs/${id}/retry`))}>Retry</button>`}
      ${isFinished(job) && html`<button class="plain" disabled=${busy} onClick=${remove}>Delete</button>`}
    </div>
    <${ErrorMessage} error=${actionError ?? loadError} />
    <details>
      <summary>Log (${lines.length} ${lines.length === 1 ? "line" : "lines"})</summary>
      <ol class="log">
        ${lines.map((line, index) => html`<li key=${index} class=${line.level}><time>${line.at.slice(11, 19)}</time> ${line.message}</li>`)}
      </ol>
    </details>
    <details>
      <summary>Job as JSON</summary>
      <pre>${JSON.stringify(job, null, 2)}</pre>
    </details>
  </section>`;
}

// Reads the log of a job page by page. Full pages are kept, so that each read requests only the lines after them.
class LogReader {
  constructor(client, jobId) {
    Object.assign(this, { client, path: `jobs/${jobId}/logs`, lines: [], cursor: null });
  }

  async read() {
    for (;;) {
      const page = await this.client.get(this.path, { limit: LOG_PAGE_SIZE, cursor: this.cursor });
      if (!page.has_more) return [...this.lines, ...page.data];
      this.lines.push(...page.data);
      this.cursor = page.next_cursor;
    }
  }
}

async function load(client, id, log) {
  const job = await client.get(`jobs/${id}`);
  const [metrics, lines] = await Promise.all([client.get(`jobs/${id}/metrics`), log.read()]);
  const trained = job.kind === "training" && job.result;
  const version = trained ? await client.get(`concepts/${trained.concept_id}/versions/${trained.version}`) : null;
  return { job, points: metrics.points, lines, version };
}

const JobProgress = ({ job }) =>
  html`<div>
    <${ProgressBar} fraction=${job.progress.fraction} />
    <p class="muted progress-text">${[queueText(job) ?? job.progress.phase, stepText(job), etaText(job)].filter(Boolean).join(", ")}</p>
  </div>`;

function queueText({ queue_position: position }) {
  if (position == null) return null;
  if (position === 0) return "Next in the queue";
  return position === 1 ? "1 job ahead in the queue" : `${position} jobs ahead in the queue`;
}

const stepText = ({ progress }) => progress.total_steps > 0 && `step ${progress.step} of ${progress.total_steps}`;
const etaText = ({ progress }) => progress.eta_seconds != null && `about ${duration(progress.eta_seconds)} left`;

const JobError = ({ error }) =>
  html`<p class="error" role="alert">
    ${error.message}<br />
    <small>${error.code}: ${error.retryable ? "a retry may succeed" : "a retry would fail in the same way"}</small>
  </p>`;

function JobResult({ job, version }) {
  if (!job.result) return null;
  const computeTime = duration(job.usage.gpu_seconds);
  if (job.kind === "generation") return html`<${Video} artifact=${job.result.video} caption=${`Seed ${job.spec.seed}, generated in ${computeTime}`} />`;
  const isTraining = job.kind === "training";
  const previews = isTraining ? (version?.previews ?? []) : job.result.previews;
  const prompts = isTraining ? (job.spec.evaluation?.prompts ?? []) : job.spec.prompts;
  return html`<div>
    ${version && html`<p>Trained version ${version.version} of the concept in ${computeTime}.</p>`}
    <${MetricList} metrics=${job.result.metrics} baseMetrics=${job.result.base_metrics} />
    <div class="videos">${previews.map((video, index) => html`<${Video} key=${video.name} artifact=${video} caption=${prompts[index]} />`)}</div>
  </div>`;
}
