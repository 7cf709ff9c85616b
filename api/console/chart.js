// The line chart of a training's smoothed loss over its steps.

import { html } from "./vendor/preact-htm.js";

const [WIDTH, HEIGHT, SMOOTHING] = [600, 120, 0.9];

export function LossChart({ points }) {
  const measured = points.filter((point) => point.loss != null);
  if (measured.length < 2) return null;
  const losses = smooth(measured.map((point) => point.loss));
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const last = measured.at(-1).step;
  const coordinates = (loss, index) =>
    `${((WIDTH * measured[index].step) / last).toFixed(1)},${(HEIGHT * (1 - (loss - low) / (high - low || 1))).toFixed(1)}`;
  return html`<figure class="chart">
    <svg viewBox="0 -4 ${WIDTH} ${HEIGHT + 8}" preserveAspectRatio="none" role="img" aria-label="Training loss by step">
      <polyline points=${losses.map(coordinates).join(" ")} />
    </svg>
    <figcaption>Training loss ${losses.at(-1).toFixed(3)} at step ${last} (smoothed)</figcaption>
  </figure>`;
}

// The exponential moving average with bias correction for the first values.
function smooth(values) {
  let [mean, weight] = [0, 0];
  return values.map((value) => {
    mean = SMOOTHING * mean + (1 - SMOOTHING) * value;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    return mean / weight;
  });
}
