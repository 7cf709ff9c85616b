/** Bytes to and from the storage, by presigned URLs: no key of the service's goes there, no file is held in memory. */

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

const TIMEOUT_SECONDS = 600;

/** The SHA-256 of a blob, in hexadecimal. */
export async function sha256(blob: Blob): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of blob.stream()) hash.update(chunk);
  return hash.digest("hex");
}

/** Sends and fetches whole files. */
export class Storage {
  constructor(private readonly retries: Retries) {}

  /** @throws TransferFailed and Unreachable. */
  async send(upload: Upload, content: Blob): Promise<void> {
    const init = { method: upload.method, headers: upload.headers, body: content };
    await send(() => new Request(upload.url, init), this.sending(TIMEOUT_SECONDS));
  }

  /**
   * Writes an artifact to `path`, whole or not at all, and makes the folders on the way.
   *
   * @throws TransferFailed when the storage refused, or what came has another SHA-256 than was announced; Unreachable.
   */
  async fetch(artifact: Artifact, path: string): Promise<string> {
    const response = await send(() => new Request(artifact.url), this.sending(null));
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
    try {
      if ((await write(response, temporary)) !== artifact.sha256) {
        throw new TransferFailed(`${artifact.name} arrived with another SHA-256 than was announced`);
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
    throw new TransferFailed(`the download broke off: ${error}`, { cause: error });
  }
  return hash.digest("hex");
}

function refused(request: Request, response: Response, text: string): TransferFailed {
  return new TransferFailed(described(request, response, text));
}
