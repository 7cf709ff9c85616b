"""The API as JSON: the Python SDK with `get` and `post` of any path."""

from pathlib import Path
from typing import Any

from choreo import Choreo, Retries


class ApiClient(Choreo):
    """Sends each request once. `get` and `post` raise the exceptions of `Choreo` for error responses."""

    def __init__(self, base_url: str, api_key: str) -> None:
        super().__init__(base_url, api_key, retries=Retries(attempts=1))
        self._http = self.client.get_httpx_client()

    def get(self, path: str) -> dict[str, Any]:
        return self._http.get(path).json()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._http.post(path, json=body).json()

    def upload(self, file: Path) -> str:
        """Upload a clip; returns its id once it is ready."""
        return self.clips.upload(file).id

    def follow(self, job_id: str, *, timeout: float) -> dict[str, Any]:
        """Wait until a job has succeeded; raises JobUnsuccessful, or StillRunning after `timeout` seconds."""
        self.jobs.handle(job_id).wait(timeout=timeout)
        return self.get(f"/v1/jobs/{job_id}")
