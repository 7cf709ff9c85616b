// The form that submits a generation: a concept, a prompt and a seed.

import { ErrorMessage, Field } from "./components.js";
import { useAction } from "./hooks.js";
import { html } from "./vendor/preact-htm.js";

const NO_CONCEPT = "";

export function GenerationForm({ client, concepts, selected, onSelect, onJob }) {
  const [generate, busy, error] = useAction(async (fields) => {
    const body = { prompt: fields.get("prompt") };
    if (fields.get("concept") !== NO_CONCEPT) body.concept = fields.get("concept");
    if (fields.get("seed")) body.seed = Number(fields.get("seed"));
    onJob(await client.post("generations", body));
  });
  const submit = (event) => {
    event.preventDefault();
    generate(new FormData(event.target));
  };
  const trained = concepts.filter((concept) => concept.latest_version != null);
  const value = trained.some((concept) => concept.id === selected) ? selected : NO_CONCEPT;
  return html`<form class="card" onSubmit=${submit}>
    <h2>Generate a video</h2>
    <${Field} id="concept" label="Concept" hint="The newest version is used.">
      <select id="concept" name="concept" value=${value} onChange=${(event) => onSelect(event.target.value || null)}>
        <option value=${NO_CONCEPT}>None: base model without concept</option>
        ${trained.map((concept) => html`<option key=${concept.id} value=${concept.id}>${concept.name}, version ${concept.latest_version}</option>`)}
      </select>
    </${Field}>
    <${Field} id="prompt" label="Prompt" hint="Subject, motion and background. Name the motion as the concept's captions do.">
      <input id="prompt" name="prompt" required maxlength="2000" placeholder="a yellow square orbiting on a navy background" />
    </${Field}>
    <${Field} id="seed" label="Seed" hint="Random when empty.">
      <input id="seed" name="seed" type="number" min="0" max="4294967295" />
    </${Field}>
    <button disabled=${busy}>${busy ? "Submitting…" : "Generate"}</button>
    <${ErrorMessage} error=${error} />
  </form>`;
}
