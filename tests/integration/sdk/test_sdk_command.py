"""The `choreo` command against the real service: its output, as text and as JSON, and its exit statuses."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import httpx
import pytest
import typer.testing
from typer.testing import CliRunner

from choreo import Choreo
from choreo.command.app import app
from choreo.command.exit_status import Exit
from services.webhooks.sign import sign, tenant_secret
from shared.clock import SystemClock
from shared.schemas.job import JobError
from tests.integration.sdk.conftest import Tenant
from tests.integration.training_jobs import keep, show
from tests.service import Service
from tests.stub_server import StubResponse, stub_server
from tests.waiting import wait_until

SECRET = tenant_secret("k", "a")
BROKEN = JobError(code="out_of_memory", message="too large", retryable=False, fault="user")
Command = Callable[..., typer.testing.Result]


@pytest.fixture
def command(service: Service, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command as this tenant, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOREO_BASE_URL", service.settings.public_url)
    monkeypatch.setenv("CHOREO_API_KEY", tenant.api_key)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_a_motion_is_trained_and_generated(
    service: Service, tenant: Tenant, command: Command, clip: Path, tmp_path: Path
):
    worker = Thread(target=_work_on_two_jobs, args=(service, tenant.choreo))
    worker.start()
    trained_model = command(
        "train", str(clip), "--concept", "orbiting", "-c", "a ball", "--set", "rank=8", "--seed", "3", "--json"
    )
    assert trained_model.exit_code == 0, trained_model.output
    job = json.loads(trained_model.stdout)
    assert (job["state"], job["spec"]["recipe"]["rank"], job["spec"]["recipe"]["seed"]) == ("succeeded", 8, 3)
    performed = command("generate", "a cube", "--concept", "orbiting@1", "-o", "out/cube.mp4", "--json")
    assert performed.exit_code == 0, performed.output
    answer = json.loads(performed.stdout)
    assert (answer["spec"]["concept"]["version"], answer["path"]) == (1, "out/cube.mp4")
    assert (tmp_path / "out" / "cube.mp4").read_bytes() == b"moving"
    worker.join()
    shown = json.loads(command("concepts", "show", "orbiting", "--json").stdout)
    assert [version["version"] for version in shown["versions"]] == [1]
    fetched = json.loads(command("concepts", "download", "orbiting", "-o", "adapter", "--json").stdout)
    assert (fetched["version"], fetched["path"]) == (1, "adapter")
    assert (tmp_path / "adapter" / "adapter_model.safetensors").read_bytes() == b"w"
    assert command("concepts", "download", "orbiting", "--version", "prod", "-o", "adapter").exit_code == Exit.NOT_FOUND


def _work_on_two_jobs(service: Service, choreo: Choreo) -> None:
    files = {"training": {"adapter.safetensors": b"w", "report.json": b"{}"}, "generation": {"video.mp4": b"moving"}}
    for kind in ("training", "generation"):
        wait_until(lambda kind=kind: list(choreo.jobs.list(kind=kind, state="queued")), timeout=60)
        service.finish(service.claim(kind), files[kind])


def test_a_version_is_measured(service: Service, tenant: Tenant, command: Command, tmp_path: Path):
    concept = tenant.choreo.concepts.create("orbiting").id
    service.train(service.client({"Authorization": f"Bearer {tenant.api_key}"}), concept)
    measured = {"metrics": {"leakage": 0.25}, "base_metrics": {}, "not_measured": {"diversity": "one prompt"}}
    files = {"previews/prompt-01.mp4": b"moving", "report.json": b"{}"}

    def work() -> None:
        wait_until(lambda: list(tenant.choreo.jobs.list(kind="evaluation", state="queued")), timeout=60)
        service.finish(service.claim("evaluation"), files, **measured)

    worker = Thread(target=work)
    worker.start()
    reported = command("evaluate", "orbiting@1", "-p", "a cube", "--seed", "1", "-o", "out")
    worker.join()
    assert reported.exit_code == 0, reported.output
    assert "leakage\t0.250\t-" in reported.stdout
    assert "diversity was not measured: one prompt" in reported.stderr
    assert (tmp_path / "out" / "prompt-01.mp4").read_bytes() == b"moving"
    queued = json.loads(command("evaluate", "orbiting", "--samples", "3", "--no-wait", "--json").stdout)
    assert (queued["spec"]["concept"]["version"], len(queued["spec"]["seeds"])) == (1, 3)
    handle = tenant.choreo.evaluations.create(f"{concept}@1", prompts=["a cube"], seeds=[1, 2])
    service.finish(service.claim("evaluation"), files, **measured)
    service.finish(service.claim("evaluation"), files, **measured)
    handle.wait(timeout=60)
    assert handle.metrics == {"leakage": 0.25}


def test_watching_tells_each_event_and_ends_as_the_job_does(service: Service, command: Command):
    job = json.loads(command("generate", "a ball", "--no-wait", "--json").stdout)
    service.fail(service.claim(), BROKEN)
    watched = command("watch", job["id"], "--json")
    assert watched.exit_code == Exit.JOB_FAILED
    assert [json.loads(line)["type"] for line in watched.stdout.splitlines()] == [
        "generation.queued",
        "generation.running",
        "generation.failed",
    ]
    error = json.loads(watched.stderr)["error"]
    assert (error["type"], error["job"]["error"]["code"]) == ("JobFailed", "out_of_memory")
    for_people = command("watch", job["id"])
    assert for_people.exit_code == Exit.JOB_FAILED
    assert "too large (out_of_memory, the user's fault)" in for_people.stderr


def test_jobs_are_listed_canceled_and_retried(command: Command):
    first = json.loads(command("generate", "a ball", "--no-wait", "--json").stdout)["id"]
    canceled = command("jobs", "cancel", first, "--json")
    assert json.loads(canceled.stdout)["state"] == "canceled"
    assert command("watch", first).exit_code == Exit.JOB_CANCELED
    again = command("jobs", "retry", first, "--timeout", "0", "--json")
    assert again.exit_code == Exit.TIMED_OUT
    second = json.loads(again.stderr)["error"]["job"]["id"]
    listed = command("jobs", "list")
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    assert [(row[0], row[2]) for row in rows] == [("ID", "STATE"), (second, "queued"), (first, "canceled")]
    assert command("jobs", "cancel", second).exit_code == 0


def test_a_dry_run_tells_and_makes_nothing(service: Service, tenant: Tenant, command: Command):
    reported = command("generate", "a ball", "--steps", "3", "--dry-run", "--json")
    assert (json.loads(reported.stdout)["kind"], json.loads(reported.stdout)["spec"]["steps"]) == ("generation", 3)
    assert "gpu seconds: " in command("generate", "a ball", "--dry-run").stdout
    concept = tenant.choreo.concepts.create("orbiting").id
    caller = service.client({"Authorization": f"Bearer {tenant.api_key}"})
    clip = service.ready_clip(caller)
    training = ("--concept", "orbiting", "-c", "a ball", "--dry-run", "--json")
    assert json.loads(command("train", clip, "--set", "steps=5", *training).stdout)["spec"]["recipe"]["steps"] == 5
    assert command("train", __file__, *training).exit_code == Exit.USAGE
    assert list(tenant.choreo.jobs.list()) == []
    service.train(caller, concept)
    seeds = json.loads(command("evaluate", "orbiting", "--samples", "3", "--dry-run", "--json").stdout)["spec"]["seeds"]
    assert len(seeds) == 3
    assert len(list(tenant.choreo.jobs.list())) == 1


def test_warnings_are_printed(service: Service, tenant: Tenant, command: Command):
    assert command("generate", "a red ring", "--no-wait").stderr == ""
    submitted = command("generate", "a ball", "--no-wait")
    assert submitted.stderr.startswith('warning: The base model choreo-world was not trained on "ball", ')
    assert command("generate", "a ball", "--dry-run").stderr == submitted.stderr
    job = next(iter(tenant.choreo.jobs.list())).id
    assert command("jobs", "show", job).stderr == submitted.stderr
    assert command("jobs", "show", job, "--json").stderr == ""
    tenant.choreo.concepts.create("orbiting")
    clip = service.ready_clip(service.client({"Authorization": f"Bearer {tenant.api_key}"}))
    trained = command("train", clip, "--concept", "orbiting", "-c", "a cube growing", "--no-wait")
    assert 'was not trained on "cube"' in trained.stderr
    for queued in tenant.choreo.jobs.list():
        tenant.choreo.jobs.cancel(queued.id)


def test_a_running_training_is_seen_saved_and_promoted(
    service: Service, tenant: Tenant, command: Command, tmp_path: Path
):
    concept = tenant.choreo.concepts.create("orbiting").id
    clip = service.ready_clip(service.client({"Authorization": f"Bearer {tenant.api_key}"}))
    id = tenant.choreo.trainings.create(concept, [(clip, "a ball")]).id
    assert command("jobs", "preview", id).exit_code == Exit.REFUSED
    claimed = service.claim("training")

    def work() -> None:
        wait_until(lambda: service.beat(claimed, 1).previews, timeout=60)
        show(service, claimed, 1, step=5)

    worker = Thread(target=work)
    worker.start()
    seen = command("jobs", "preview", id, "a cup", "-o", "cup.mp4", "--json")
    worker.join()
    assert (json.loads(seen.stdout)["step"], (tmp_path / "cup.mp4").read_bytes()) == (5, b"moving")
    assert command("jobs", "checkpoint", id).exit_code == 0
    assert service.beat(claimed, 2).checkpoints_asked == 1
    keep(service, claimed, step=7)
    promoted = json.loads(command("jobs", "promote", id, "--no-wait", "--json").stdout)
    assert (promoted["retry_of"], promoted["promoted_step"]) == (id, 7)
    generation = json.loads(command("generate", "a ball", "--no-wait", "--json").stdout)["id"]
    assert command("jobs", "promote", generation).exit_code == Exit.USAGE


def test_errors_have_a_status_and_name_the_field(command: Command):
    refused = command("generate", "a ball", "--steps", "5000", "--json")
    assert refused.exit_code == Exit.REFUSED
    assert json.loads(refused.stderr)["error"]["problem"]["errors"][0]["pointer"] == "/steps"
    assert "/steps: " in command("generate", "a ball", "--steps", "5000").stderr
    assert command("jobs", "show", "job_none").exit_code == Exit.NOT_FOUND
    assert command("generate", "a ball", "--concept", "unknown").exit_code == Exit.NOT_FOUND
    assert command("generate", "a ball", "--stepps", "5").exit_code == Exit.USAGE
    assert command("train", "none.mp4", "--concept", "x", "-c", "a ball").exit_code == Exit.USAGE


def test_a_name_that_two_concepts_bear_is_not_guessed(command: Command):
    made = [command("concepts", "create", "twin").stdout.strip() for _ in range(2)]
    ambiguous = command("concepts", "delete", "twin", "--yes")
    assert ambiguous.exit_code == Exit.USAGE
    assert all(id in ambiguous.stderr for id in made)
    assert command("concepts", "delete", made[0]).exit_code != 0  # there is no terminal to confirm on
    assert command("concepts", "delete", made[0], "--yes").exit_code == 0
    assert [one["id"] for one in json.loads(command("concepts", "list", "--json").stdout)] == made[1:]


def test_the_doctor_finds_nothing_wrong(command: Command):
    done = command("doctor", "--json")
    assert done.exit_code == 0, done.output
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert list(found) == ["configuration", "service", "clock", "ready", "key", "base models"]
    assert "read, train, generate" in found["key"]["detail"]
    assert "choreo-world" in found["base models"]["detail"]
    assert "no worker takes jobs on choreo-world now" in found["base models"]["advice"]


def _diagnosis(done: typer.testing.Result) -> tuple[int, str]:
    """The exit status of `choreo doctor`, and its first failed check."""
    answer = json.loads(done.stdout)
    return done.exit_code, next(check["name"] for check in answer["checks"] if not check["ok"])


def test_the_doctor_finds_what_is_wrong(service: Service, command: Command, monkeypatch: pytest.MonkeyPatch):
    assert _diagnosis(command("doctor", "--json", "--api-key", "chk_wrong")) == (Exit.NO_ACCESS, "key")
    reader = service.caller(scopes=("read",)).headers["Authorization"].removeprefix("Bearer ")
    assert "ask for a key that may also train and generate" in command("doctor", "--api-key", reader).stdout
    page = StubResponse(404, b"<h1>It works!</h1>", (("Content-Type", "text/html"),))
    with stub_server(page) as server:
        assert _diagnosis(command("doctor", "--json", "--base-url", server.url)) == (Exit.OTHER, "service")
    assert _diagnosis(command("doctor", "--json", "--base-url", server.url)) == (Exit.UNAVAILABLE, "service")
    behind = StubResponse(200, b"{}", (("Date", "Wed, 21 Oct 2015 07:28:00 GMT"),))
    with stub_server(behind) as server:
        assert _diagnosis(command("doctor", "--json", "--base-url", server.url)) == (Exit.OTHER, "clock")
    monkeypatch.delenv("CHOREO_BASE_URL")
    monkeypatch.delenv("CHOREO_API_KEY")
    assert _diagnosis(command("doctor", "--json")) == (Exit.NO_ACCESS, "configuration")


def test_a_service_on_this_machine_is_found_by_its_file(
    service: Service, tenant: Tenant, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CHOREO_BASE_URL")
    monkeypatch.delenv("CHOREO_API_KEY")
    (tmp_path / ".choreo").mkdir()
    file = tmp_path / ".choreo" / "local.json"
    file.write_text(json.dumps({"base_url": service.settings.public_url, "api_key": tenant.api_key}))
    assert command("jobs", "list").exit_code == 0
    assert (
        command("jobs", "list", "--base-url", "http://127.0.0.1:1").exit_code == Exit.NO_ACCESS
    )  # no key from the file
    file.write_text("{}")
    assert command("jobs", "list").exit_code == Exit.NO_ACCESS


def test_listening_shows_what_is_signed_and_refuses_the_rest(tmp_path: Path):
    body = json.dumps({"type": "training.succeeded", "timestamp": "2026-01-01T00:00:00Z", "data": {"id": "job_1"}})
    listen = ["webhooks", "listen", "--port", "0", "--count", "1", "--secret", SECRET, "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "choreo", *listen],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        url = process.stderr.readline().split()[-1]
        headers = sign([SECRET], "evt_1", SystemClock().now(), body)
        assert httpx.post(url, content=body + " ", headers=headers).status_code == 401
        assert httpx.post(url, content=body, headers=headers).status_code == 204
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    refused, held = map(json.loads, output.splitlines())
    assert refused["verified"] is False
    assert (held["verified"], held["id"], held["data"]) == (True, "evt_1", {"id": "job_1"})


def test_completion_is_offered():
    environment = os.environ | {"_CHOREO_COMPLETE": "complete_bash", "COMP_WORDS": "choreo jo", "COMP_CWORD": "1"}
    command = [sys.executable, "-m", "choreo"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["jobs"]
