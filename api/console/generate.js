// The form that submits a generation: a concept, a prompt and a seed.

import { ErrorMessage, Field } from "./components.js";
import { useAction } from "./hooks.js";
import { html, useEffect, useState } from "./vendor/preact-htm.js";
import { UnknownWords, VocabularyHelp, unknownInPrompt } from "./vocabulary.js";

const NO_CONCEPT = "";

export function GenerationForm({ client, baseModels, concepts, selected, onSelect, onJob }) {
  const [prompt, setPrompt] = useState("");
  const trained = concepts.filter((concept) => concept.latest_version != null);
  const concept = trained.find(({ id }) => id === selected);
  const version = useVersion(client, concept);
  const baseModel = concept ? baseModels.find(({ id }) => id === version?.base_model.id) : baseModels[0];
  const captions = concept ? version?.clips.map(({ caption }) => caption) : [];
  const unknown = baseModel?.vocabulary ? unknownInPrompt(prompt, baseModel.vocabulary, captions) : [];
  const [generate, busy, error] = useAction(async (fields) => {
    const body = { prompt };
    if (fields.get("concept") !== NO_CONCEPT) body.concept = fields.get("concept");
    if (fields.get("seed")) body.seed = Number(fields.get("seed"));
    onJob(await client.post("generations", body));
  });
  const submit = (event) => {
    event.preventDefault();
    generate(new FormData(event.target));
  };
  return html`<form class="card" onSubmit=${submit}>
    <h2>Generate a video</h2>
    <${Field} id="concept" label="Concept" hint="The newest version is used.">
      <select id="concept" name="concept" value=${concept?.id ?? NO_CONCEPT} onChange=${(event) => onSelect(event.target.value || null)}>
        <option value=${NO_CONCEPT}>None: base model without concept</option>
        ${trained.map(({ id, name, latest_version }) => html`<option key=${id} value=${id}>${name}, version ${latest_version}</option>`)}
      </select>
    </${Field}>
    <${Field} id="prompt" label="Prompt" hint=${promptHint(captions)}>
      <input
        id="prompt"
        required
        maxlength="2000"
        placeholder="a yellow square moving up on a navy background"
        value=${prompt}
        onInput=${(event) => setPrompt(event.target.value)}
      />
    </${Field}>
    <${UnknownWords} words=${unknown} baseModel=${baseModel} />
    <${VocabularyHelp} baseModel=${baseModel} />
    <${Field} id="seed" label="Seed" hint="Random when empty.">
      <input id="seed" name="seed" type="number" min="0" max="4294967295" />
    </${Field}>
    <button disabled=${busy}>${busy ? "Submitting…" : "Generate"}</button>
    <${ErrorMessage} error=${error} />
  </form>`;
}

const promptHint = (captions) =>
  captions?.length ? `The concept was trained with the caption “${captions[0]}”.` : "Subject, motion and background.";

// The newest version of a concept: its base model and the captions that it was trained with. Null until it is loaded.
function useVersion(client, concept) {
  const path = concept && `concepts/${concept.id}/versions/${concept.latest_version}`;
  const [loaded, setLoaded] = useState({});
  useEffect(() => {
    if (path)
      client.get(path).then(
        (version) => setLoaded({ path, version }),
        () => setLoaded({}),
      );
  }, [client, path]);
  return loaded.path === path ? loaded.version : null;
}
