// The form that uploads clips and submits a training.

import { ErrorMessage, Field } from "./components.js";
import { useAction } from "./hooks.js";
import { html, useState } from "./vendor/preact-htm.js";
import { UnknownWords, VocabularyHelp, unknownInCaption } from "./vocabulary.js";

export function TrainingForm({ client, baseModels, onJob }) {
  const [files, setFiles] = useState([]);
  const [uploading, setUploading] = useState("");
  const [caption, setCaption] = useState("");
  const [baseModelId, setBaseModelId] = useState(baseModels[0]?.id);
  const baseModel = baseModels.find(({ id }) => id === baseModelId) ?? baseModels[0];
  const unknown = baseModel?.vocabulary ? unknownInCaption(caption, baseModel.vocabulary) : [];
  const [train, busy, error] = useAction(async (fields) => {
    const clips = [];
    for (const file of files) {
      setUploading(`Uploading ${file.name} (${clips.length + 1} of ${files.length})…`);
      clips.push({ clip_id: (await client.upload(file)).id, caption });
    }
    setUploading("");
    const concept = await client.post("concepts", { name: fields.get("name") });
    const recipe = fields.get("steps") ? { steps: Number(fields.get("steps")) } : {};
    onJob(await client.post("trainings", { concept: concept.id, clips, base_model: baseModel.id, recipe }));
  });
  const submit = (event) => {
    event.preventDefault();
    train(new FormData(event.target));
  };
  return html`<form class="card" onSubmit=${submit}>
    <h2>Train a concept</h2>
    <${Field} id="name" label="Concept name">
      <input id="name" name="name" required maxlength="200" placeholder="orbiting" />
    </${Field}>
    <${Field} id="clips" label="Clips" hint=${files.length ? files.map((file) => file.name).join(", ") : "One or a few videos that show the motion."}>
      <input id="clips" type="file" accept="video/*" multiple required onChange=${(event) => setFiles([...event.target.files])} />
    </${Field}>
    <${Field} id="caption" label="Caption" hint="Subject, motion and background of all clips, in the words that prompts will use.">
      <input
        id="caption"
        required
        maxlength="1000"
        placeholder="a red circle orbiting on a black background"
        value=${caption}
        onInput=${(event) => setCaption(event.target.value)}
      />
    </${Field}>
    <${UnknownWords} words=${unknown} baseModel=${baseModel} />
    <${VocabularyHelp} baseModel=${baseModel} />
    <details>
      <summary>More settings</summary>
      <${Field} id="base-model" label="Base model">
        <select id="base-model" value=${baseModel?.id} onChange=${(event) => setBaseModelId(event.target.value)}>
          ${baseModels.map(({ id }) => html`<option key=${id} value=${id}>${id}</option>`)}
        </select>
      </${Field}>
      <${Field} id="steps" label="Training steps" hint="Default: ${baseModel?.training_defaults.steps}.">
        <input id="steps" name="steps" type="number" min="1" max="100000" />
      </${Field}>
    </details>
    <button disabled=${busy}>${busy ? uploading || "Submitting…" : "Train"}</button>
    <${ErrorMessage} error=${error} />
  </form>`;
}
