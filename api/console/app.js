// The console page: sign-in, the training and generation forms, and the jobs. It uses the public HTTP API only.

import { Client, forgetKey, isFinished, storeKey, storedKey } from "./client.js";
import { ErrorMessage, Field } from "./components.js";
import { GenerationForm } from "./generate.js";
import { useAction, usePolled } from "./hooks.js";
import { JobDetails, JobList } from "./jobs.js";
import { TrainingForm } from "./train.js";
import { html, render, useState } from "./vendor/preact-htm.js";

const [BUSY_POLL_MS, IDLE_POLL_MS] = [2000, 10_000];
const [MAX_JOBS, MAX_CONCEPTS] = [30, 100];

function App() {
  const [key, setKey] = useState(storedKey());
  if (!key) return html`<${SignIn} onKey=${(key) => (storeKey(key), setKey(key))} />`;
  return html`<${Console} key=${key} apiKey=${key} onSignOut=${() => (forgetKey(), setKey(null))} />`;
}

function SignIn({ onKey }) {
  const [signIn, busy, error] = useAction(async (key) => {
    await new Client(key).get("base-models");
    onKey(key);
  });
  const submit = (event) => {
    event.preventDefault();
    signIn(new FormData(event.target).get("key").trim());
  };
  return html`<main class="centered">
    <form class="card" onSubmit=${submit}>
      <h1>Choreo</h1>
      <${Field} id="key" label="API key" hint="Kept in this browser tab and sent to this service only.">
        <input id="key" name="key" type="password" autocomplete="off" required placeholder="chk_..." />
      </${Field}>
      <button disabled=${busy}>Sign in</button>
      <${ErrorMessage} error=${error} />
    </form>
  </main>`;
}

function Console({ apiKey, onSignOut }) {
  const [client] = useState(() => new Client(apiKey));
  const [jobId, setJobId] = useState(null);
  const [conceptId, setConceptId] = useState(null);
  const [loaded, error, reload] = usePolled(() => load(client), pollInterval, [client]);
  if (!loaded)
    return html`<main class="centered">
      ${error ? html`<${ErrorMessage} error=${error} /><button onClick=${onSignOut}>Sign out</button>` : html`<p class="muted">Loading…</p>`}
    </main>`;
  const { baseModels, concepts, jobs } = loaded;
  const conceptNames = Object.fromEntries(concepts.map(({ id, name }) => [id, name]));
  const open = (job) => {
    setJobId(job.id);
    if (job.kind === "training") setConceptId(job.spec.concept_id);
    reload();
  };
  return html`<header class="page-header">
      <h1>Choreo</h1>
      <span class="muted">${baseModels.map((base) => base.id).join(", ")}</span>
      <nav><a href="docs">API reference</a> <button class="plain" onClick=${onSignOut}>Sign out</button></nav>
    </header>
    <main class="columns">
      <div>
        <${TrainingForm} client=${client} baseModels=${baseModels} onJob=${open} />
        <${GenerationForm} client=${client} baseModels=${baseModels} concepts=${concepts} selected=${conceptId} onSelect=${setConceptId} onJob=${open} />
      </div>
      <div>
        <${ErrorMessage} error=${error} />
        ${jobId && html`<${JobDetails} key=${jobId} client=${client} id=${jobId} conceptNames=${conceptNames} onJob=${open} onDeleted=${() => (setJobId(null), reload())} />`}
        <${JobList} jobs=${jobs} conceptNames=${conceptNames} selected=${jobId} onSelect=${setJobId} />
      </div>
    </main>`;
}

async function load(client) {
  const [baseModels, concepts, jobs] = await Promise.all([
    client.get("base-models"),
    client.get("concepts", { limit: MAX_CONCEPTS }),
    client.get("jobs", { limit: MAX_JOBS }),
  ]);
  return { baseModels: baseModels.data, concepts: concepts.data, jobs: jobs.data };
}

const pollInterval = ({ jobs }) => (jobs.every(isFinished) ? IDLE_POLL_MS : BUSY_POLL_MS);

render(html`<${App} />`, document.body);
