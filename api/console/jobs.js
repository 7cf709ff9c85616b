// The newest jobs, and one of them in full.

import { LossChart } from "./chart.js";
import { isOver } from "./client.js";
import { useAction, usePolled } from "./hooks.js";
import { Bar, Figures, Film, Trouble, ago, lasting } from "./parts.js";
import { html, useState } from "./vendor/preact-htm.js";

const MOVING = 1000;

export const Jobs = ({ jobs, names, chosen, onChoose }) =>
  html`<section class="card jobs">
    <h2>Jobs</h2>
    ${jobs.length === 0 && html`<p class="quiet">None yet. Teach a motion, or perform a prompt with the plain base.</p>`}
    <ul>
      ${jobs.map(
        (job) =>
          html`<li key=${job.id}>
            <button class="row ${job.id === chosen ? "chosen" : ""}" onClick=${() => onChoose(job.id)}>
              <span class="what">${titleOf(job, names)}</span>
              <span class="state ${job.state}">${job.state}</span>
              <small>${ago(job.created_at)}</small>
              ${!isOver(job) && html`<${Bar} fraction=${job.progress.fraction} state=${job.state} />`}
            </button>
          </li>`,
      )}
    </ul>
  </section>`;

function titleOf(job, names) {
  if (job.kind === "generation") return job.spec.prompt;
  const concept = names[job.spec.concept_id] ?? job.spec.concept_id;
  return job.kind === "training" ? `teach ${concept}` : `evaluate ${concept}`;
}

export function JobPage({ client, id, names, onJob, onGone }) {
  const [log] = useState(() => new Log(client, id));
  const [found, trouble, again] = usePolled(() => load(client, id, log), ({ job }) => (isOver(job) ? null : MOVING), [client, id]);
  const [act, busy, error] = useAction(async (what) => {
    const after = await what();
    if (after && after.id !== id) onJob(after);
    else again();
  });
  if (!found) return html`<section class="card"><${Trouble} error=${trouble} /></section>`;
  const { job, points, lines, version } = found;
  const remove = () => act(async () => (await client.remove(`jobs/${id}`), onGone(), null));
  return html`<section class="card job" data-job=${id} data-state=${job.state}>
    <header>
      <h2>${titleOf(job, names)}</h2>
      <span class="state ${job.state}">${job.state}</span>
    </header>
    ${!isOver(job) && html`<${Moving} job=${job} />`}
    ${job.error && html`<p class="trouble" role="alert">${job.error.message}<br /><small>${job.error.code}, ${job.error.retryable ? "worth another try" : "not worth another try"}</small></p>`}
    <${Outcome} job=${job} version=${version} />
    <${LossChart} points=${points} />
    <div class="acts">
      ${!isOver(job) && html`<button disabled=${busy || job.state === "canceling"} onClick=${() => act(() => client.post(`jobs/${id}/cancel`))}>Cancel</button>`}
      ${["failed", "canceled"].includes(job.state) && html`<button disabled=${busy} onClick=${() => act(() => client.post(`jobs/${id}/retry`))}>Try again</button>`}
      ${isOver(job) && html`<button class="plain" disabled=${busy} onClick=${remove}>Delete</button>`}
    </div>
    <${Trouble} error=${error ?? trouble} />
    <details>
      <summary>Log (${lines.length})</summary>
      <ol class="log">${lines.map((line, index) => html`<li key=${index} class=${line.level}><time>${line.at.slice(11, 19)}</time> ${line.message}</li>`)}</ol>
    </details>
    <details>
      <summary>As JSON</summary>
      <pre>${JSON.stringify(job, null, 2)}</pre>
    </details>
  </section>`;
}

// A job's lines. What fills a page is kept, so that each look asks for the newest ones only.
class Log {
  constructor(client, id) {
    Object.assign(this, { client, path: `jobs/${id}/logs`, kept: [], cursor: null });
  }

  async read() {
    for (;;) {
      const page = await this.client.get(this.path, { limit: 100, cursor: this.cursor });
      if (!page.has_more) return [...this.kept, ...page.data];
      this.kept.push(...page.data);
      this.cursor = page.next_cursor;
    }
  }
}

async function load(client, id, log) {
  const job = await client.get(`jobs/${id}`);
  const [series, lines] = await Promise.all([client.get(`jobs/${id}/metrics`), log.read()]);
  const made = job.kind === "training" && job.result;
  const version = made ? await client.get(`concepts/${made.concept_id}/versions/${made.version}`) : null;
  return { job, points: series.points, lines, version };
}

const Moving = ({ job }) =>
  html`<div>
    <${Bar} fraction=${job.progress.fraction} state=${job.state} />
    <p class="quiet">
      ${job.queue_position == null ? job.progress.phase : `${job.queue_position} before it`}
      ${job.progress.total_steps > 0 && `, step ${job.progress.step} of ${job.progress.total_steps}`}
      ${job.progress.eta_seconds != null && `, ${lasting(job.progress.eta_seconds)} to go`}
    </p>
  </div>`;

function Outcome({ job, version }) {
  if (!job.result) return null;
  if (job.kind === "generation") return html`<${Film} artifact=${job.result.video} title=${`seed ${job.spec.seed}, ${lasting(job.usage.gpu_seconds)}`} />`;
  const previews = job.kind === "training" ? (version?.previews ?? []) : job.result.previews;
  return html`<div>
    ${version && html`<p>Version ${version.version} of its motion, in ${lasting(job.usage.gpu_seconds)}.</p>`}
    <${Figures} metrics=${job.result.metrics} base=${job.result.base_metrics} />
    <div class="films">${previews.map((film) => html`<${Film} key=${film.name} artifact=${film} />`)}</div>
  </div>`;
}
