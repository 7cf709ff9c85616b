// Small pieces of the page.

import { html } from "./vendor/preact-htm.js";

export const Trouble = ({ error }) => error && html`<p class="trouble" role="alert">${error.message}</p>`;

export const Bar = ({ fraction, state }) =>
  html`<div class="bar ${state}" role="progressbar" aria-valuenow=${Math.round(100 * fraction)}>
    <div style=${{ width: `${100 * fraction}%` }}></div>
  </div>`;

export const Film = ({ artifact, title }) =>
  html`<figure>
    <video src=${artifact.url} title=${title} autoplay loop muted playsinline controls></video>
    ${title && html`<figcaption>${title}</figcaption>`}
  </figure>`;

// `children` is the control whose id is `of`.
export const Field = ({ of, label, hint, children }) =>
  html`<div class="field">
    <label for=${of}>${label}</label>
    ${children} ${hint && html`<small>${hint}</small>`}
  </div>`;

export function ago(moment) {
  const seconds = (Date.now() - new Date(moment)) / 1000;
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"]].find(([size]) => seconds >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.max(0, Math.floor(seconds / size)), unit);
}

export function lasting(seconds) {
  if (seconds == null) return "";
  return seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export const NAMES = {
  text_alignment: "text alignment",
  leakage: "leakage",
  motion_fidelity: "motion fidelity",
  temporal_consistency: "temporal consistency",
  diversity: "diversity",
};

export const Figures = ({ metrics, base = {} }) => {
  const known = Object.keys(NAMES).filter((name) => metrics[name] != null);
  return (
    known.length > 0 &&
    html`<dl class="figures">
      ${known.map(
        (name) =>
          html`<div key=${name}>
            <dt>${NAMES[name]}</dt>
            <dd>${metrics[name].toFixed(2)}${base[name] != null && html` <small>base ${base[name].toFixed(2)}</small>`}</dd>
          </div>`,
      )}
    </dl>`
  );
};
