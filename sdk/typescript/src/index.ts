/**
 * The TypeScript client of Choreo: train a motion concept on a few clips, and generate videos of other subjects with
 * it. `Choreo` is the client; `webhooks` verifies webhooks; every error is a subclass of `ChoreoError`.
 */

export type { Once } from "./calls.js";
export { Choreo, type Options } from "./client.js";
export * from "./errors.js";
export type * from "./generated/types.gen.js";
/** Former names of these types, kept for compatibility. */
export type {
  BaseModelRevision as BaseModelStamp,
  EvaluationSettings as Trial,
  JobEventData as JobNews,
  VersionEventData as VersionNews,
} from "./generated/types.gen.js";
export { Evaluation, Generation, Handle, Training, type Waiting } from "./handles.js";
export type { AnyHandle } from "./jobs.js";
export type { Retries } from "./retries.js";
export type { WebhookHeaders, WebhookMessage } from "./webhooks.js";
export * as webhooks from "./webhooks.js";
