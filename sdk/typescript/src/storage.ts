/** Streaming uploads and downloads by presigned URLs; the API key is not sent to the storage. */

import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import { described } from "./answers.js";
import { TransferFailed } from "./errors.js";
import type { Artifact, Upload } from "./generated/types.gen.js";
import type { Retries } from "./retries.js";
import { type Sending, send } from "./sender.js";

/** Timeout of one try of an upload. */
const TIMEOUT_SECONDS = 600;

/** The SHA-256 of a blob, in hexadecimal. */
export async function sha256(blob: Blob): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of blob.stream()) hash.update(chunk);
  return hash.digest("hex");
}

/** Uploads and downloads files. */
export class Storage {
  constructor(private readonly retries: Retries) {}

  /** Uploads a file. @throws TransferFailed, Unreachable. */
  async send(upload: Upload, content: Blob): Promise<void> {
    const init = { method: upload.method, headers: upload.headers, body: content };
    await send(() => new Request(upload.url, init), this.sending(TIMEOUT_SECONDS));
  }

  /**
   * Downloads an artifact to `path` atomically and creates missing folders.
   *
   * @throws TransferFailed if the storage refused, the download was interrupted, or the SHA-256 is wrong; Unreachable.
   */
  async fetch(artifact: Artifact, path: string): Promise<string> {
    const response = await send(() => new Request(artifact.url), this.sending(null));
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
    try {
      if ((await write(response, temporary)) !== artifact.sha256) {
        throw new TransferFailed(`${artifact.name}: the SHA-256 of the download differs from the artifact's`);
      }
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    return path;
  }

  private sending(timeout: number | null): Sending {
    return { retries: this.retries, timeout, repeatable: true, toError: refused };
  }
}

/** Writes the body to `path`; returns its SHA-256 in hexadecimal. */
async function write(response: Response, path: string): Promise<string> {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const body = response.body ?? new Blob().stream();
  try {
    await pipeline(Readable.fromWeb(body as import("node:stream/web").ReadableStream), hashing, createWriteStream(path));
  } catch (error) {
    throw new TransferFailed(`the download was interrupted: ${error}`, { cause: error });
  }
  return hash.digest("hex");
}

function refused(request: Request, response: Response, text: string): TransferFailed {
  return new TransferFailed(described(request, response, text));
}
