// Components and formatting functions that several parts of the page use.

import { html } from "./vendor/preact-htm.js";

export const ErrorMessage = ({ error }) => error && html`<p class="error" role="alert">${error.message}</p>`;

export const ProgressBar = ({ fraction }) =>
  html`<div class="progress-bar" role="progressbar" aria-valuenow=${Math.round(100 * fraction)}>
    <div style=${{ width: `${100 * fraction}%` }}></div>
  </div>`;

// `artifact` is a video file of a job or a version; `caption` is shown below it.
export const Video = ({ artifact, caption }) =>
  html`<figure>
    <video src=${artifact.url} title=${caption} autoplay loop muted playsinline controls></video>
    ${caption && html`<figcaption>${caption}</figcaption>`}
  </figure>`;

// A labelled form control. `children` is the control; its id is `id`.
export const Field = ({ id, label, hint, children }) =>
  html`<div class="field">
    <label for=${id}>${label}</label>
    ${children} ${hint && html`<small>${hint}</small>`}
  </div>`;

// An ISO 8601 time as the time passed since then: "5 minutes ago".
export function relativeTime(timestamp) {
  const seconds = (Date.now() - new Date(timestamp)) / 1000;
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"]].find(([size]) => seconds >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.max(0, Math.floor(seconds / size)), unit);
}

export function duration(seconds) {
  if (seconds == null) return "";
  return seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const METRIC_LABELS = {
  text_alignment: "text alignment",
  leakage: "leakage",
  motion_fidelity: "motion fidelity",
  temporal_consistency: "temporal consistency",
  diversity: "diversity",
};

// Metrics of a version; `baseMetrics` are those of the base model without the concept, for the same prompts.
export const MetricList = ({ metrics, baseMetrics = {} }) => {
  const measured = Object.keys(METRIC_LABELS).filter((name) => metrics[name] != null);
  return (
    measured.length > 0 &&
    html`<dl class="metrics">
      ${measured.map(
        (name) =>
          html`<div key=${name}>
            <dt>${METRIC_LABELS[name]}</dt>
            <dd>
              ${metrics[name].toFixed(2)}
              ${baseMetrics[name] != null && html` <small>base model ${baseMetrics[name].toFixed(2)}</small>`}
            </dd>
          </div>`,
      )}
    </dl>`
  );
};
