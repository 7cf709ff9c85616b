// The client of the HTTP API calls that this page makes. ../openapi.json describes the whole API.

const STORAGE_NAME = "choreo.key";
const FINAL_STATES = ["succeeded", "failed", "canceled"];

// An error response (RFC 9457 problem details).
export class ApiError extends Error {
  constructor(problem, status) {
    const fields = (problem.errors ?? []).map((error) => `${error.pointer}: ${error.message}`);
    super([problem.detail ?? problem.title ?? `The service answered with status ${status}.`, ...fields].join("\n"));
    this.status = status;
    this.code = problem.code;
  }
}

// The API key of this tab. A URL that ends in #key=... signs in; browsers do not send the part after # to servers.
export function storedKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key) {
    storeKey(key);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(STORAGE_NAME);
}

export const storeKey = (key) => sessionStorage.setItem(STORAGE_NAME, key);
export const forgetKey = () => sessionStorage.removeItem(STORAGE_NAME);

export class Client {
  constructor(apiKey) {
    this.apiKey = apiKey;
  }

  async request(method, path, body, headers = {}) {
    const response = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${this.apiKey}`, ...(body && { "Content-Type": "application/json" }), ...headers },
      body: body && JSON.stringify(body),
    }).catch(() => {
      throw new Error(`The service at ${location.origin} cannot be reached.`);
    });
    if (!response.ok) throw new ApiError(await response.json().catch(() => ({})), response.status);
    return response.status === 204 ? null : response.json();
  }

  get(path, query = {}) {
    const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null));
    return this.request("GET", `v1/${path}${parameters.size ? `?${parameters}` : ""}`);
  }

  // The idempotency key makes the service execute the request once, even when the browser sends it twice.
  post(path, body = {}) {
    return this.request("POST", `v1/${path}`, body, { "Idempotency-Key": crypto.randomUUID() });
  }

  delete(path) {
    return this.request("DELETE", `v1/${path}`);
  }

  // Uploads a video file, in one part or several, and returns the clip once the service has accepted it.
  async upload(file) {
    const { id, upload } = await this.post("clips", { file_name: file.name, size_bytes: file.size });
    const parts = upload.parts.length ? upload.parts : [{ ...upload, size_bytes: file.size }];
    let offset = 0;
    for (const part of parts) {
      await this.uploadPart(part, file.slice(offset, offset + part.size_bytes));
      offset += part.size_bytes;
    }
    const clip = await this.post(`clips/${id}/complete`);
    if (clip.state !== "ready") throw new Error(`${file.name} was not accepted: ${clip.rejection?.message ?? clip.state}`);
    return clip;
  }

  async uploadPart(part, bytes) {
    // Browsers set Content-Length themselves and do not let scripts set it.
    const headers = Object.entries(part.headers).filter(([name]) => name.toLowerCase() !== "content-length");
    const { origin } = new URL(part.url, location.href);
    const response = await fetch(part.url, { method: part.method, headers: Object.fromEntries(headers), body: bytes }).catch(() => {
      throw new Error(
        `The upload to the object store at ${origin} failed. Check that it is reachable and that its CORS rules allow PUT requests from ${location.origin}.`,
      );
    });
    if (!response.ok) throw new Error(`The object store refused the upload with status ${response.status}.`);
  }
}

export const isFinished = (job) => FINAL_STATES.includes(job.state);
