"""The stack killed in the middle of a training, started again, and ended by Ctrl-C. Last: it ends the shared stack."""

import signal
from pathlib import Path

import pytest

from deploy.embedded.credentials import Credentials
from tests.e2e import processes
from tests.e2e.embedded.stack import PATIENCE, EmbeddedStack
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)


def test_a_killed_stack_resumes_and_ctrl_c_ends_all_of_it(stack: EmbeddedStack, credentials: Credentials, clip: Path):
    with stack.client() as client:
        concept = client.post("/v1/concepts", {"name": "killed"})["id"]
        clips = [{"clip_id": client.upload(clip), "caption": "a square moving right"}]
        recipe = {"steps": 50, "checkpoint_every": 5}
        job = client.post("/v1/trainings", {"concept": concept, "clips": clips, "recipe": recipe})["id"]
        waiting = client.post("/v1/trainings", {"concept": concept, "clips": clips, "recipe": {"steps": 2}})["id"]
        wait_until(lambda: client.get(f"/v1/jobs/{job}")["progress"]["step"] >= 12, timeout=PATIENCE, what="step 12")
        _kill_with_engines(stack)

    assert stack.start().api_key == credentials.api_key
    with stack.client() as client:
        first, second = client.follow(job, timeout=PATIENCE), client.follow(waiting, timeout=PATIENCE)
    engines = stack.engines()
    assert engines
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(60) == 0
    assert credentials.api_key in stack.output
    assert not any(map(processes.is_alive, engines))
    assert [attempt["outcome"] for attempt in first["attempts"]] == ["lost", "succeeded"]
    assert first["attempts"][1]["resumed_from_step"] >= 10
    assert (first["result"]["version"], second["result"]["version"]) == (1, 2)


def _kill_with_engines(stack: EmbeddedStack) -> None:
    engines = stack.engines()
    assert engines
    processes.kill(stack.process.pid)
    stack.process.wait()
    wait_until(lambda: not any(map(processes.is_alive, engines)), what="the engines' end after their supervisor's")
