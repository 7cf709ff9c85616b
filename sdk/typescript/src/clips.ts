/** Reference clips. */

import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { withFields } from "./answers.js";
import { type Calls, keyed, type Once, walk } from "./calls.js";
import { ClipRejected, UnexpectedAnswer } from "./errors.js";
import { completeClip, createClip, deleteClip, getClip, listClips } from "./generated/sdk.gen.js";
import type { Clip } from "./generated/types.gen.js";
import { checkText } from "./sender.js";
import { sha256 } from "./storage.js";

const POLL_SECONDS = 0.5;
const CLIP_FIELDS = { id: "string", state: "string" } as const;

/** Upload, read and delete clips. */
export class Clips {
  constructor(private readonly calls: Calls) {}

  /**
   * Declares a clip, uploads its file to the storage and completes it; resolves once it is ready. A file given by its
   * path is streamed. Calls with an equal idempotency key within 24 hours upload the file once.
   *
   * @throws ClipRejected if the service cannot use the clip; `code` has the reason.
   */
  async upload(file: string | File, once: Once = {}): Promise<Clip> {
    const name = typeof file === "string" ? basename(file) : file.name;
    checkText("the file name", name);
    const content = typeof file === "string" ? await openAsBlob(file) : file;
    const body = { file_name: name, size_bytes: content.size, sha256: await sha256(content) };
    const { client } = this.calls;
    const { data: declared } = await createClip({ client, body, headers: keyed(once) });
    // a replayed response may be a day old
    const clip = once.idempotencyKey === undefined ? declared : await this.get(withFields(declared, CLIP_FIELDS).id);
    if (clip.state !== "awaiting_upload") return this.examined(clip);
    if (!declared.upload) throw new UnexpectedAnswer(`${clip.id} awaits its upload, but the response has no URL`);
    await this.calls.storage.send(declared.upload, content);
    const { data: completed } = await completeClip({ client, path: { clip_id: clip.id } });
    return this.examined(completed);
  }

  /** @throws NotFound */
  async get(id: string): Promise<Clip> {
    return (await getClip({ client: this.calls.client, path: { clip_id: id } })).data;
  }

  /** All clips, newest first; pages are read on demand. */
  list(): AsyncGenerator<Clip, void> {
    return walk(this.calls, (query) => listClips({ client: this.calls.client, query }));
  }

  /** Deletes a clip permanently; versions trained on it stay. */
  async delete(id: string): Promise<void> {
    await deleteClip({ client: this.calls.client, path: { clip_id: id } });
  }

  /** The clip after its examination. Throws ClipRejected. */
  private async examined(clip: Clip): Promise<Clip> {
    while (withFields(clip, CLIP_FIELDS).state === "processing") {
      await pause(POLL_SECONDS * 1000); // another caller completed it, and the examination is running
      clip = await this.get(clip.id);
    }
    if (clip.state !== "ready") throw new ClipRejected(clip);
    return clip;
  }
}
