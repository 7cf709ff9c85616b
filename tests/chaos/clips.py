"""Clips that are a fault in themselves: an upload URL used after the deletion of its clip, and a slow examination.

Both do nothing for what they cannot reach: the API may be dead at the moment.
"""

import threading
from contextlib import closing
from pathlib import Path

import httpx

from tests.chaos.clients import Client
from tests.videos import write_video

CONTENT = b"this came after its clip\n" * 1000
NUM_SLOW_FRAMES = 600


class LateUpload:
    """A clip that is declared and deleted, and uploaded afterwards."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def run(self, over: threading.Event) -> None:
        """Upload by the URL of a deleted clip; the store accepts it. The sweep has to find it."""
        del over
        with closing(self._client):
            self._send()

    def _send(self) -> None:
        body = {"file_name": "late.mp4", "size_bytes": len(CONTENT)}
        clip = self._client.insist(lambda http: http.post("/v1/clips", json=body))
        if clip is None or clip.status_code != 201:
            return
        self._client.insist(lambda http: http.delete(f"/v1/clips/{clip.json()['id']}"), also=(404,))
        upload = clip.json()["upload"]
        httpx.put(upload["url"], content=CONTENT, headers=upload["headers"], trust_env=False).raise_for_status()


class SlowClip:
    """A clip that takes the examination some seconds, in which an API may be killed."""

    def __init__(self, client: Client, folder: Path) -> None:
        self._client, self._folder = client, folder

    def run(self, over: threading.Event) -> None:
        """Upload and complete it. It becomes ready, or stays busy after the end of the API that examined it."""
        del over
        with closing(self._client):
            self._send()

    def _send(self) -> None:
        path = self._folder / f"slow-{threading.get_ident()}.mp4"
        write_video(path, num_frames=NUM_SLOW_FRAMES, width=640, height=480, fps=30, options={"preset": "ultrafast"})
        content = path.read_bytes()
        body = {"file_name": "slow.mp4", "size_bytes": len(content)}
        clip = self._client.insist(lambda http: http.post("/v1/clips", json=body))
        if clip is None or clip.status_code != 201:
            return
        upload = clip.json()["upload"]
        httpx.put(upload["url"], content=content, headers=upload["headers"], trust_env=False).raise_for_status()
        here = f"/v1/clips/{clip.json()['id']}/complete"
        done = self._client.insist(lambda http: http.post(here, timeout=120), also=(409,))
        is_busy = done is not None and done.status_code == 409 and done.json()["code"] == "clip_busy"
        if done is not None and not is_busy and done.json().get("state") != "ready":
            self._client.refuse(f"{here}: {done.status_code} {done.text}")
