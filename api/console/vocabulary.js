// The vocabulary check of prompts and captions before they are submitted. The service does the same check
// (shared/vocabulary.py) and stores its result as the job's `warnings`.

import { html } from "./vendor/preact-htm.js";

const NAME = /\{(\w+)\}/g;

// The words of a prompt that the base model does not know; `captions` are the training captions of the concept.
export function unknownInPrompt(prompt, vocabulary, captions = []) {
  return unknown(prompt, vocabulary, captions.flatMap((caption) => motionWords(caption, vocabulary) ?? wordsOf(caption)));
}

// The words of a training caption that the base model does not know, apart from the words of its motion.
export function unknownInCaption(caption, vocabulary) {
  return unknown(caption, vocabulary, motionWords(caption, vocabulary) ?? []);
}

function unknown(text, { grammar, terms }, learned) {
  const known = new Set([grammar.replace(NAME, " "), ...Object.values(terms).flat()].flatMap(wordsOf).concat(learned));
  return [...new Set(wordsOf(text))].filter((word) => !known.has(word));
}

// The words of a caption's motion; null when the caption does not have the form of the grammar.
function motionWords(caption, { grammar }) {
  const pattern = grammar.split(NAME).map((piece, index) => (index % 2 ? `(?<${piece}>.+?)` : escape(piece)));
  const match = new RegExp(`^${pattern.join("")}$`, "u").exec(wordsOf(caption).join(" "));
  return match && wordsOf(match.groups.motion);
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

// The warning about unknown words; nothing when there are none.
export const UnknownWords = ({ words, baseModel }) =>
  words.length > 0 &&
  html`<p class="warning" role="status">
    ${`${baseModel.id} was not trained on ${words.map((word) => `“${word}”`).join(", ")}, so the video may show something else.`}
  </p>`;

// What a base model can draw, as a list that opens on demand.
export const VocabularyHelp = ({ baseModel }) =>
  baseModel?.vocabulary &&
  html`<details>
    <summary>What ${baseModel.id} can draw</summary>
    <dl class="vocabulary">
      <dt>form</dt><dd>${baseModel.vocabulary.grammar}</dd>
      ${Object.entries(baseModel.vocabulary.terms).map(([name, phrases]) => html`<dt key=${name}>${name}</dt><dd>${phrases.join(", ")}</dd>`)}
    </dl>
  </details>`;
