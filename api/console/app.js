// The console: teach a motion, perform it, watch the jobs. Everything it does is a call that anybody can make.

import { Client, forgetKey, isOver, storeKey, storedKey } from "./client.js";
import { useAction, usePolled } from "./hooks.js";
import { JobPage, Jobs } from "./jobs.js";
import { Field, Trouble } from "./parts.js";
import { Perform } from "./perform.js";
import { Teach } from "./teach.js";
import { html, render, useState } from "./vendor/preact-htm.js";

const [MOVING, RESTING, NUM_JOBS, NUM_CONCEPTS] = [2000, 10_000, 30, 100];

function App() {
  const [key, setKey] = useState(storedKey());
  if (!key) return html`<${SignIn} onKey=${(given) => (storeKey(given), setKey(given))} />`;
  return html`<${Desk} key=${key} secret=${key} onSignOut=${() => (forgetKey(), setKey(null))} />`;
}

function SignIn({ onKey }) {
  const [enter, busy, error] = useAction(async (given) => {
    await new Client(given).get("base-models");
    onKey(given);
  });
  const submit = (event) => {
    event.preventDefault();
    enter(new FormData(event.target).get("key").trim());
  };
  return html`<main class="door">
    <form class="card" onSubmit=${submit}>
      <h1>Choreo</h1>
      <${Field} of="key" label="API key" hint="It stays in this tab, and goes to this service only.">
        <input id="key" name="key" type="password" autocomplete="off" required placeholder="chk_..." />
      </${Field}>
      <button disabled=${busy}>Sign in</button>
      <${Trouble} error=${error} />
    </form>
  </main>`;
}

function Desk({ secret, onSignOut }) {
  const [client] = useState(() => new Client(secret));
  const [jobId, setJobId] = useState(null);
  const [concept, setConcept] = useState(null);
  const [found, error, again] = usePolled(() => look(client), pause, [client]);
  if (!found) return html`<main class="door"><${Trouble} error=${error} />${error && html`<button onClick=${onSignOut}>Sign out</button>`}</main>`;
  const { bases, concepts, jobs } = found;
  const names = Object.fromEntries(concepts.map(({ id, name }) => [id, name]));
  const show = (job) => {
    setJobId(job.id);
    if (job.kind === "training") setConcept(job.spec.concept_id);
    again();
  };
  return html`<header class="top">
      <h1>Choreo</h1>
      <span class="quiet">${bases.map((base) => base.id).join(", ")}</span>
      <nav><a href="docs">API</a> <button class="plain" onClick=${onSignOut}>Sign out</button></nav>
    </header>
    <main class="desk">
      <div>
        <${Teach} client=${client} bases=${bases} onJob=${show} />
        <${Perform} client=${client} concepts=${concepts} chosen=${concept} onChoose=${setConcept} onJob=${show} />
      </div>
      <div>
        <${Trouble} error=${error} />
        ${jobId && html`<${JobPage} key=${jobId} client=${client} id=${jobId} names=${names} onJob=${show} onGone=${() => (setJobId(null), again())} />`}
        <${Jobs} jobs=${jobs} names=${names} chosen=${jobId} onChoose=${setJobId} />
      </div>
    </main>`;
}

async function look(client) {
  const [bases, concepts, jobs] = await Promise.all([
    client.get("base-models"),
    client.get("concepts", { limit: NUM_CONCEPTS }),
    client.get("jobs", { limit: NUM_JOBS }),
  ]);
  return { bases: bases.data, concepts: concepts.data, jobs: jobs.data };
}

const pause = ({ jobs }) => (jobs.every(isOver) ? RESTING : MOVING);

render(html`<${App} />`, document.body);
