"""The engine as a real process: models kept between jobs, reported deaths, no orphaned process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from services.motion import video
from services.motion.artifacts import adapter_files
from services.motion.engine.client import Engine, EngineDied
from services.motion.engine.messages import (
    CanceledEvent,
    CheckpointEvent,
    EngineEvent,
    EngineRequest,
    FailedEvent,
    ProgressEvent,
    RequestClip,
    ResultEvent,
)
from services.motion.training import train
from shared.clock import SystemClock
from shared.ids import new_id
from tests.motion.inputs import make_recipe
from tests.waiting import wait_until

PATIENCE = 120.0


@pytest.fixture(scope="module")
def log_path(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("engine") / "engine.log"


@pytest.fixture(scope="module")
def engine(log_path) -> Iterator[Engine]:
    """One process for the tests of this file; it is restarted after a test that ends it."""
    engine = Engine(device="cpu", compute_dtype="float32", threads=1, log_path=log_path)
    yield engine
    engine.stop(10.0)
    assert not engine.alive


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> RequestClip:
    frames = torch.randint(0, 256, (6, 32, 32, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    path = video.write(tmp_path_factory.mktemp("clips") / "clip.mp4", frames.numpy(), fps=8)
    return RequestClip(path=path, caption="a cup turning")


def training(base: Path, clip: RequestClip, workdir: Path, **changes: Any) -> EngineRequest:
    recipe = make_recipe(**changes)
    spec = {
        "concept_id": new_id("con", SystemClock()),
        "base_model": "tiny",
        "clips": [{"clip_id": new_id("clip", SystemClock()), "caption": clip.caption}],
        "recipe": recipe.model_dump(mode="json"),
    }
    return EngineRequest(
        job_id="job_1",
        attempt=1,
        kind="training",
        spec=spec,
        base_folder=base,
        base_model="tiny",
        clips=[clip],
        workdir=workdir,
    )


def generation(base: Path, workdir: Path, adapter: Path | None = None, **changes: Any) -> EngineRequest:
    spec = {
        "prompt": "a bear", "base_model": "tiny", "seed": 3, "num_frames": 3, "height": 32, "width": 32, "steps": 2,
        "guidance_scale": 4.0, "highway": {"mode": "full"},
    }  # fmt: skip
    return EngineRequest(
        job_id="job_2", attempt=1, kind="generation", spec=spec | changes, base_folder=base, base_model="tiny",
        adapter=adapter, workdir=workdir,
    )  # fmt: skip


def follow(engine: Engine, *, until: type[EngineEvent], of: str = "job_1") -> list[EngineEvent]:
    """Events up to the first one of a type, without `ready`."""
    seen: list[EngineEvent] = []

    def found() -> bool:
        event = engine.next_event(0.5)
        if event is not None and getattr(event, "job_id", None):
            seen.append(event)
        return isinstance(event, until)

    wait_until(found, timeout=PATIENCE, what=f"{until.__name__} of {of}")
    return seen


def test_two_jobs_one_load(engine, base_folder, clip, tmp_path, bundle):
    """The base model and the adapter are loaded once for three jobs; results equal those without the engine."""
    engine.submit(training(base_folder, clip, tmp_path / "train"))
    events = follow(engine, until=ResultEvent)
    trained = events[-1]
    engine.submit(generation(base_folder, tmp_path / "one", tmp_path / "train"))
    first = follow(engine, until=ResultEvent)[-1]
    engine.submit(generation(base_folder, tmp_path / "two", tmp_path / "train"))
    second = follow(engine, until=ResultEvent)[-1]

    assert [each.stats.base_loads for each in (trained, first, second)] == [1, 1, 1]
    assert [each.stats.adapter_loads for each in (trained, first, second)] == [0, 1, 1]
    assert {(each.stats.engine_pid, each.stats.compute_dtype) for each in (trained, first, second)} == {
        (engine.pid, "float32")
    }
    assert trained.report["compute_dtype"] == "float32"
    assert first.files["video.mp4"].read_bytes() == second.files["video.mp4"].read_bytes()
    assert set(trained.files) == {"adapter.safetensors", "adapter_config.json", "report.json"}
    assert set(first.files) == {"video.mp4", "report.json"}
    assert (trained.base.id, trained.base.content_hash) == ("tiny", bundle.content_hash)

    recipe = make_recipe()
    train.run(
        bundle, recipe, [train.ReferenceClip(clip.path, clip.caption)], tmp_path / "here", compute_dtype="float32"
    )
    here, there = (adapter_files.load_adapter(tmp_path / name).tensors for name in ("here", "train"))
    assert all(torch.equal(here[key], there[key]) for key in here)

    steps = [event.step for event in events if isinstance(event, ProgressEvent) and event.phase == "training"]
    fractions = [event.fraction for event in events if isinstance(event, ProgressEvent)]
    assert steps == [1, 2, 3, 4]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1


def test_cancel_is_confirmed_and_the_engine_process_continues(engine, base_folder, clip, tmp_path):
    engine.submit(training(base_folder, clip, tmp_path, steps=100_000))
    follow(engine, until=ProgressEvent)
    engine.cancel()
    end = follow(engine, until=CanceledEvent)[-1]
    pid = engine.pid
    engine.submit(training(base_folder, clip, tmp_path, steps=1))
    assert follow(engine, until=ResultEvent)[-1].stats.engine_pid == pid
    assert end.step < 100_000


def test_a_killed_engine_leaves_its_log_and_a_checkpoint(engine, base_folder, clip, tmp_path, log_path):
    long = {"steps": 40, "checkpoint_every": 1000}
    engine.submit(training(base_folder, clip, tmp_path / "one", **long))
    engine.request_checkpoint()
    kept = follow(engine, until=CheckpointEvent)[-1]
    with log_path.open("a") as log:
        log.write("the last words\n")
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineDied) as death:
        follow(engine, until=ResultEvent)
    assert death.value.exit_code == -signal.SIGKILL
    assert death.value.last_log_lines[-1] == "the last words"
    with pytest.raises(EngineDied):
        engine.cancel()
    with pytest.raises(EngineDied):
        engine.next_event(0)
    assert (engine.alive, engine.pid) == (False, None)

    request = training(base_folder, clip, tmp_path / "two", **long).model_copy(update={"resume_from": kept.path})
    engine.submit(request)
    end = follow(engine, until=ResultEvent)[-1]
    assert end.stats.resumed_from_step == kept.step
    engine.submit(training(base_folder, clip, tmp_path / "whole", **long))
    follow(engine, until=ResultEvent)
    one, two = (adapter_files.load_adapter(tmp_path / name).tensors for name in ("two", "whole"))
    assert all(torch.equal(one[key], two[key]) for key in one)


FAILURES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no base": ({"base_folder": Path("/nowhere")}, "base_model_unreadable", "service"),
    "no adapter": ({"adapter": Path("/nowhere")}, "adapter_unreadable", "service"),
    "odd size": ({"spec": {"height": 36}}, "unsuitable", "user"),
    "unknown field": ({"spec": {"colour": "red"}}, "invalid_spec", "service"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_failures_have_error_codes(engine, base_folder, tmp_path, kind):
    changes, code, fault = FAILURES[kind]
    request = generation(base_folder, tmp_path, **changes.get("spec", {}))
    engine.submit(request.model_copy(update={key: value for key, value in changes.items() if key != "spec"}))
    failed = follow(engine, until=FailedEvent)[-1]
    assert (failed.code, failed.fault, failed.retryable) == (code, fault, False)


def test_a_training_that_diverges_fails_and_leaves_no_adapter(engine, base_folder, clip, tmp_path):
    engine.submit(training(base_folder, clip, tmp_path, alpha=1e30, learning_rate=1.0))
    failed = follow(engine, until=FailedEvent)[-1]
    assert (failed.code, failed.fault, failed.retryable) == ("diverged", "user", False)
    assert "learning_rate" in failed.message
    assert not (tmp_path / adapter_files.ADAPTER_FILE).exists()


def test_an_adapter_with_numbers_that_are_not_finite_is_never_used(engine, base_folder, clip, tmp_path):
    engine.submit(training(base_folder, clip, tmp_path))
    follow(engine, until=ResultEvent)
    path = tmp_path / adapter_files.ADAPTER_FILE
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    for tensor in tensors.values():
        tensor.view(-1)[-1] = torch.nan
    save_file(tensors, path, metadata=metadata)
    engine.submit(generation(base_folder, tmp_path / "video", adapter=tmp_path))
    assert follow(engine, until=FailedEvent)[-1].code == "diverged"
    assert not list((tmp_path / "video").glob("*.mp4"))


def test_a_file_that_is_not_a_video(engine, base_folder, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"\0")
    engine.submit(training(base_folder, RequestClip(path=tmp_path / "clip.mp4", caption="x"), tmp_path / "out"))
    assert follow(engine, until=FailedEvent)[-1].code == "clip_unreadable"


def test_the_engine_ignores_sigint(engine, base_folder, tmp_path):
    engine.submit(generation(base_folder, tmp_path / "one"))
    before = follow(engine, until=ResultEvent)[-1].stats
    os.kill(engine.pid, signal.SIGINT)
    engine.submit(generation(base_folder, tmp_path / "two"))
    after = follow(engine, until=ResultEvent)[-1].stats
    assert (after.engine_pid, after.base_loads) == (before.engine_pid, before.base_loads)


def test_stop_interrupts_a_job(engine, base_folder, clip, tmp_path):
    engine.submit(training(base_folder, clip, tmp_path, steps=100_000))
    follow(engine, until=ProgressEvent)
    engine.stop(PATIENCE)
    assert follow_to_death(engine) == 0


def follow_to_death(engine: Engine) -> int | None:
    with pytest.raises(EngineDied) as death:
        follow(engine, until=ResultEvent)
    return death.value.exit_code


def test_the_client_imports_no_torch():
    program = (
        "import sys, services.motion.engine.client; print(sorted({'torch', 'diffusers', 'av'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


STARTER = """
import sys, threading
from pathlib import Path
from services.motion.engine.client import Engine
engine = Engine(device="cpu", log_path=Path(sys.argv[1]))
thread = threading.Thread(target=engine.start)  # this thread ends; the engine must outlive it
thread.start()
thread.join()
while engine.next_event(1.0) is None:
    pass
print(engine.pid, flush=True)
sys.stdin.read()
"""


def test_the_engine_ends_with_a_killed_worker_and_not_before(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "log")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as supervisor:
        engine = psutil.Process(int(supervisor.stdout.readline()))
        assert engine.is_running()
        supervisor.kill()
    wait_until(lambda: not psutil.pid_exists(engine.pid), timeout=PATIENCE, what="the engine's end")


def test_ends_when_its_input_does(tmp_path):
    reading, writing = os.pipe()
    with (
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "services.motion.engine",
                "--events",
                str(writing),
                "--parent",
                str(os.getpid()),
            ],
            stdin=subprocess.PIPE,
            pass_fds=(writing,),
        ) as engine,
        os.fdopen(reading) as events,
    ):
        os.close(writing)
        assert "ready" in events.readline()
        engine.stdin.close()
        assert engine.wait(PATIENCE) == 0
