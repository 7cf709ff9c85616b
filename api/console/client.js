// The HTTP contract, as far as this page needs it. The document at ../openapi.json has all of it.

const STORED = "choreo.key";

export class Refused extends Error {
  constructor(problem, status) {
    const fields = (problem.errors ?? []).map((one) => `${one.pointer}: ${one.message}`);
    super([problem.detail ?? problem.title ?? `status ${status}`, ...fields].join("\n"));
    this.status = status;
    this.code = problem.code;
  }
}

// A link that ends in #key=... signs in: what follows # is sent to no server.
export function storedKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem(STORED, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(STORED);
}

export const storeKey = (key) => sessionStorage.setItem(STORED, key);
export const forgetKey = () => sessionStorage.removeItem(STORED);

export class Client {
  constructor(key) {
    this.key = key;
  }

  async call(method, path, body, headers = {}) {
    const answer = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, ...(body && { "Content-Type": "application/json" }), ...headers },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Refused(await answer.json().catch(() => ({})), answer.status);
    return answer.status === 204 ? null : answer.json();
  }

  get(path, query = {}) {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null));
    return this.call("GET", `v1/${path}${asked.size ? `?${asked}` : ""}`);
  }

  // Sent twice, a POST has its effect once: the key says that it is the same one.
  post(path, body = {}) {
    return this.call("POST", `v1/${path}`, body, { "Idempotency-Key": crypto.randomUUID() });
  }

  remove(path) {
    return this.call("DELETE", `v1/${path}`);
  }

  async upload(file) {
    const clip = await this.post("clips", { file_name: file.name, size_bytes: file.size });
    const { upload } = clip;
    const pieces = upload.parts.length ? upload.parts : [{ ...upload, size_bytes: file.size }];
    let sent = 0;
    for (const piece of pieces) {
      await this.send(piece, file.slice(sent, sent + piece.size_bytes));
      sent += piece.size_bytes;
    }
    const ready = await this.post(`clips/${clip.id}/complete`);
    if (ready.state !== "ready") throw new Error(`${file.name}: ${ready.rejection?.message ?? ready.state}`);
    return ready;
  }

  async send(piece, bytes) {
    // The browser names the length by itself, and refuses to be told.
    const headers = Object.entries(piece.headers).filter(([name]) => name.toLowerCase() !== "content-length");
    const { origin } = new URL(piece.url, location.href);
    const answer = await fetch(piece.url, { method: piece.method, headers: Object.fromEntries(headers), body: bytes }).catch(() => {
      throw new Error(`${origin} could not be sent to; does its bucket let pages of ${location.origin} PUT (CORS)?`);
    });
    if (!answer.ok) throw new Error(`storage refused the upload (status ${answer.status})`);
  }
}

export const isOver = (job) => ["succeeded", "failed", "canceled"].includes(job.state);
