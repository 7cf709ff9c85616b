// Clips and a caption in, a training out.

import { useAction } from "./hooks.js";
import { Field, Trouble } from "./parts.js";
import { html, useState } from "./vendor/preact-htm.js";

export function Teach({ client, bases, onJob }) {
  const [files, setFiles] = useState([]);
  const [progress, setProgress] = useState("");
  const [teach, busy, error] = useAction(async (fields) => {
    const clips = [];
    for (const file of files) {
      setProgress(`uploading ${file.name} (${clips.length + 1} of ${files.length})`);
      clips.push({ clip_id: (await client.upload(file)).id, caption: fields.get("caption") });
    }
    setProgress("");
    const concept = await client.post("concepts", { name: fields.get("name") });
    const recipe = fields.get("steps") ? { steps: Number(fields.get("steps")) } : {};
    onJob(await client.post("trainings", { concept: concept.id, clips, base_model: fields.get("base"), recipe }));
  });
  const submit = (event) => {
    event.preventDefault();
    teach(new FormData(event.target));
  };
  return html`<form class="card" onSubmit=${submit}>
    <h2>Teach a motion</h2>
    <${Field} of="name" label="Name"><input id="name" name="name" required maxlength="200" placeholder="orbiting" /></${Field}>
    <${Field} of="clips" label="Clips" hint=${files.length ? files.map((file) => file.name).join(", ") : "one or a few that show the motion"}>
      <input id="clips" type="file" accept="video/*" multiple required onChange=${(event) => setFiles([...event.target.files])} />
    </${Field}>
    <${Field} of="caption" label="What they show" hint="subject, motion and place, in the words that prompts will use">
      <input id="caption" name="caption" required maxlength="2000" placeholder="a red circle orbiting on a black background" />
    </${Field}>
    <details>
      <summary>More</summary>
      <${Field} of="base" label="Base model"><${Bases} bases=${bases} /></${Field}>
      <${Field} of="steps" label="Steps" hint="left out: the base model's own"><input id="steps" name="steps" type="number" min="1" max="100000" /></${Field}>
    </details>
    <button disabled=${busy}>${busy ? progress || "submitting" : "Teach"}</button>
    <${Trouble} error=${error} />
  </form>`;
}

const Bases = ({ bases }) =>
  html`<select id="base" name="base">${bases.map((base) => html`<option key=${base.id} value=${base.id}>${base.id}</option>`)}</select>`;
