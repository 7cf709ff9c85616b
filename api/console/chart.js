// A training's loss over its steps, smoothed, as a line.

import { html } from "./vendor/preact-htm.js";

const [WIDTH, HEIGHT, SMOOTHING] = [600, 120, 0.9];

export function LossChart({ points }) {
  const seen = points.filter((point) => point.loss != null);
  if (seen.length < 2) return null;
  const losses = smooth(seen.map((point) => point.loss));
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const last = seen.at(-1).step;
  const place = (loss, index) =>
    `${((WIDTH * seen[index].step) / last).toFixed(1)},${(HEIGHT * (1 - (loss - low) / (high - low || 1))).toFixed(1)}`;
  return html`<figure class="chart">
    <svg viewBox="0 -4 ${WIDTH} ${HEIGHT + 8}" preserveAspectRatio="none" role="img" aria-label="loss">
      <polyline points=${losses.map(place).join(" ")} />
    </svg>
    <figcaption>loss ${losses.at(-1).toFixed(3)} at step ${last}, smoothed</figcaption>
  </figure>`;
}

// The exponential moving average, without the bias of its first value.
function smooth(values) {
  let [mean, weight] = [0, 0];
  return values.map((value) => {
    mean = SMOOTHING * mean + (1 - SMOOTHING) * value;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    return mean / weight;
  });
}
