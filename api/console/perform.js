// A motion and a prompt in, a generation out.

import { useAction } from "./hooks.js";
import { Field, Trouble } from "./parts.js";
import { html } from "./vendor/preact-htm.js";

const PLAIN = "";

export function Perform({ client, concepts, chosen, onChoose, onJob }) {
  const [perform, busy, error] = useAction(async (fields) => {
    const body = { prompt: fields.get("prompt") };
    if (fields.get("concept") !== PLAIN) body.concept = fields.get("concept");
    if (fields.get("seed")) body.seed = Number(fields.get("seed"));
    onJob(await client.post("generations", body));
  });
  const submit = (event) => {
    event.preventDefault();
    perform(new FormData(event.target));
  };
  const taught = concepts.filter((concept) => concept.latest_version != null);
  const shown = taught.some((concept) => concept.id === chosen) ? chosen : PLAIN;
  return html`<form class="card" onSubmit=${submit}>
    <h2>Perform it</h2>
    <${Field} of="concept" label="Motion">
      <select id="concept" name="concept" value=${shown} onChange=${(event) => onChoose(event.target.value || null)}>
        <option value=${PLAIN}>none: the plain base</option>
        ${taught.map((concept) => html`<option key=${concept.id} value=${concept.id}>${concept.name}, version ${concept.latest_version}</option>`)}
      </select>
    </${Field}>
    <${Field} of="prompt" label="Prompt" hint="who performs, the motion in the words of its captions, and where">
      <input id="prompt" name="prompt" required maxlength="2000" placeholder="a yellow square orbiting on a navy background" />
    </${Field}>
    <${Field} of="seed" label="Seed" hint="left out: drawn"><input id="seed" name="seed" type="number" min="0" max="4294967295" /></${Field}>
    <button disabled=${busy}>${busy ? "submitting" : "Perform"}</button>
    <${Trouble} error=${error} />
  </form>`;
}
