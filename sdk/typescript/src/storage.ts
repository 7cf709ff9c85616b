/** Streaming uploads and downloads by presigned URLs; the API key is not sent to the storage. */

import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";

import { described, withFields } from "./answers.js";
import { ChoreoError, TransferFailed, UnexpectedAnswer, Unreachable } from "./errors.js";
import type { Artifact, Upload } from "./generated/types.gen.js";
import { afterError, type Retries } from "./retries.js";
import { type Sending, send } from "./sender.js";

/** Timeout of one try of an upload. */
const TIMEOUT_SECONDS = 600;
/** A download that brings nothing for this time is begun again. */
const STALL_SECONDS = 120;

/** The SHA-256 of a blob, in hexadecimal. */
export async function sha256(blob: Blob): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of blob.stream()) hash.update(chunk);
  return hash.digest("hex");
}

/** Uploads and downloads files. */
export class Storage {
  constructor(
    private readonly retries: Retries,
    private readonly stallSeconds: number = STALL_SECONDS,
  ) {}

  /** Uploads a file. @throws TransferFailed, Unreachable, UnexpectedAnswer. */
  async send(upload: Upload, content: Blob): Promise<void> {
    const init = { method: upload.method, headers: upload.headers, body: content };
    await send(() => request(upload.url, init), this.sending(TIMEOUT_SECONDS));
  }

  /**
   * Downloads an artifact to `path` atomically and creates missing folders.
   *
   * @throws TransferFailed if the storage refused, or the SHA-256 is wrong; Unreachable if the storage did not respond
   * or interrupted every try; UnexpectedAnswer if the artifact has no valid URL.
   */
  async fetch(artifact: Artifact, path: string): Promise<string> {
    withFields(artifact, { name: "string", url: "string", sha256: "string" });
    await mkdir(dirname(path), { recursive: true });
    const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
    try {
      if ((await this.save(artifact, temporary)) !== artifact.sha256) {
        throw new TransferFailed(`${artifact.name}: the SHA-256 of the download differs from the artifact's`);
      }
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    return path;
  }

  /** Downloads to `path`, from the beginning after an interruption or a stall; resolves to the SHA-256. */
  private async save(artifact: Artifact, path: string): Promise<string> {
    for (let tried = 1; ; tried++) {
      const stall = new AbortController();
      const reason = new Error(`nothing came for ${this.stallSeconds} s`);
      const watch = setTimeout(() => stall.abort(reason), this.stallSeconds * 1000);
      const make = () => request(artifact.url, { signal: stall.signal }, watch);
      try {
        return await write(await send(make, this.sending(null)), path, watch);
      } catch (error) {
        if (error instanceof ChoreoError || isOfFile(error)) throw error;
        const sent = { method: "GET", headers: new Headers(), repeatable: true };
        const seconds = afterError(this.retries, sent, error, tried);
        if (seconds === null) {
          const words = `${artifact.name}: the download was interrupted ${tried} times: ${error}`;
          throw new Unreachable(words, { cause: error });
        }
        await pause(seconds * 1000);
      } finally {
        clearTimeout(watch);
      }
    }
  }

  private sending(timeout: number | null): Sending {
    return { retries: this.retries, timeout, repeatable: true, toError: refused };
  }
}

/** A request to a URL of the service's response; restarts `watch`. @throws UnexpectedAnswer if it is malformed. */
function request(url: string, init: RequestInit, watch?: NodeJS.Timeout): Request {
  watch?.refresh();
  if (!/^https?:\/\//i.test(url)) throw new UnexpectedAnswer(`the storage's URL is malformed: ${url}`);
  try {
    return new Request(url, init);
  } catch (error) {
    throw new UnexpectedAnswer(`the response's request to the storage is malformed: ${error}`, { cause: error });
  }
}

/** Writes the body to `path` and restarts `watch` with each chunk; returns its SHA-256 in hexadecimal. */
async function write(response: Response, path: string, watch: NodeJS.Timeout): Promise<string> {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      watch.refresh();
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const body = response.body ?? new Blob().stream();
  await pipeline(Readable.fromWeb(body as import("node:stream/web").ReadableStream), hashing, createWriteStream(path));
  return hash.digest("hex");
}

/** Whether the error is of the file that is written, not of the connection. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && "path" in error && "syscall" in error;
}

function refused(request: Request, response: Response, text: string): TransferFailed {
  return new TransferFailed(described(request, response, text));
}
