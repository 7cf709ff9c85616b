"""The files of a deployment, compared with the code that they start."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from deploy.secrets import make
from services.jobs.scheduling.queues import all_queues
from shared.secret_files import SUFFIX
from shared.settings import Settings
from tests.unit.test_dependency_locks import locked

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()
OBJECTS = (ROOT / "deploy" / "docker" / "objects.conf").read_text()
ONE_SHOT = {"migrate", "bucket"}
HEAVY = {"accelerate", "diffusers", "peft", "torch", "transformers"}
SECRETS_IN = "/run/secrets"

Service = dict[str, Any]


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """The file as parsed by Compose, with every profile."""
    compose = Path(sys.executable).with_name("docker-compose")
    argv = [str(compose), "--file", str(ROOT / "docker-compose.yml"), "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "HOME": "/"})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def services(stack: dict[str, Any]) -> dict[str, Service]:
    return stack["services"]


def _is_ours(service: Service) -> bool:
    return "build" in service


def _settings_named(names: set[str]) -> set[str]:
    return {name.removeprefix("CHOREO_").removesuffix(SUFFIX).lower() for name in names if name.startswith("CHOREO_")}


def test_every_setting_that_is_set_exists(services: dict[str, Service]):
    named = {name for service in services.values() for name in service.get("environment", {})}
    named |= set(re.findall(r"CHOREO_\w+(?==)", DOCKERFILE))
    assert _settings_named(named) - set(Settings.model_fields) == set()
    assert len(_settings_named(named)) > 10


def test_every_command_exists_and_every_queue(services: dict[str, Service]):
    queues = set(all_queues(Settings().base_models))
    for name, service in services.items():
        if not _is_ours(service):
            continue
        command = service.get("command") or json.loads(_last_stage(service["build"]["target"])[-1])
        assert command[:2] == ["python", "-m"], name
        _assert_runs(command[2])
        assert {queue for part in command[4:] for queue in part.split(",")} <= queues, name
        for probe in [service["healthcheck"]["test"][3]] if "worker.health" in str(service.get("healthcheck")) else []:
            _assert_runs(probe)


def _last_stage(target: str) -> list[str]:
    stage = DOCKERFILE.partition(f" AS {target}\n")[2].partition("\nFROM ")[0]
    return re.findall(r"^CMD (.+)$", stage, re.MULTILINE)


def _assert_runs(module: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None, module
    if spec.submodule_search_locations:
        spec = importlib.util.find_spec(f"{module}.__main__")
    assert spec is not None, module
    assert spec.origin is not None, module
    assert '__name__ == "__main__"' in Path(spec.origin).read_text(), module


@pytest.mark.parametrize("image", ["api", "relay", "worker"])
def test_an_image_installs_its_lock_file(image: str):
    stage = DOCKERFILE.partition(f" AS {image}-installed\n")[2].partition("\nFROM ")[0]
    assert f"requirements/{image}.lock" in stage
    assert f"pip install --require-hashes -r {image}.lock" in stage


def test_the_worker_image_alone_has_the_model_libraries():
    assert (locked("api").keys() | locked("relay").keys()) & HEAVY == set()
    assert {"fastapi", "uvicorn", "sqlalchemy"} <= locked("api").keys()
    assert "celery" in locked("relay").keys() & locked("worker").keys()
    assert locked("worker").keys() | locked("torch").keys() >= HEAVY


SAFE: dict[str, Callable[[Service], bool]] = {
    "a root that cannot be written": lambda service: service["read_only"] is True,
    "no capabilities": lambda service: service["cap_drop"] == ["ALL"],
    "no new privileges": lambda service: "no-new-privileges:true" in service["security_opt"],
    "bounds on processor, memory and processes": lambda service: (
        {"cpus", "memory", "pids"} == service["deploy"]["resources"]["limits"].keys()
    ),
    "a restart after a crash": lambda service: service["restart"].startswith(("unless-stopped", "on-failure")),
    "a user that is not root": lambda service: _is_ours(service) or int(service["user"].partition(":")[0]) > 0,
    "ports for this machine only": lambda service: all(
        port["host_ip"] == "127.0.0.1" for port in service.get("ports", [])
    ),
    "no secret in a variable": lambda service: (
        not [
            name
            for name in service.get("environment", {})
            if re.search("SECRET|PASSWORD|ACCESS_KEY|DATABASE_URL|BROKER_URL", name) and not name.endswith(SUFFIX)
        ]
    ),
}


@pytest.mark.parametrize("what", SAFE)
def test_every_container_has(services: dict[str, Service], what: str):
    assert [name for name, service in services.items() if not SAFE[what](service)] == []


def test_our_images_run_without_a_named_user():
    assert re.search(r"^USER 10001:10001$", DOCKERFILE.partition(" AS runtime\n")[2], re.MULTILINE)
    assert len(re.findall(r"^USER ", DOCKERFILE, re.MULTILINE)) == 1
    assert [target for target in ("api", "relay", "worker") if f"FROM runtime AS {target}\n" not in DOCKERFILE] == []


def test_everything_is_started_after_what_it_needs_is_well(services: dict[str, Service]):
    assert {name for name, service in services.items() if "healthcheck" not in service} == ONE_SHOT
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
            assert how["condition"] == wanted, f"{name} on {needed}"
    assert services["migrate"]["depends_on"].keys() == {"postgres"}
    assert services["bucket"]["depends_on"].keys() == {"objects"}
    assert services["objects"]["depends_on"].keys() == {"s3"}
    assert [name for name in services if _is_ours(services[name]) and not services[name]["depends_on"]] == []


def test_a_program_has_time_to_drain(services: dict[str, Service]):
    drain = Settings().drain_seconds
    graces = {name: service["stop_grace_period"] for name, service in services.items() if _is_ours(service)}
    assert {name for name, grace in graces.items() if _seconds(grace) <= drain} == set()


def _seconds(duration: str) -> float:
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


def test_the_secrets_that_are_made_are_those_that_are_asked_for(
    stack: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = make(tmp_path / "secrets")
    assert {Path(secret["file"]).name for secret in stack["secrets"].values()} == set(made)
    assert make(tmp_path / "secrets") == []
    for service in filter(_is_ours, stack["services"].values()):
        given = {secret["source"] for secret in service["secrets"]}
        files = {value for name, value in service["environment"].items() if name.endswith(SUFFIX)}
        assert files == {f"{SECRETS_IN}/{name}" for name in given}

    for name, value in stack["services"]["api"]["environment"].items():
        monkeypatch.setenv(name, value.replace(SECRETS_IN, str(tmp_path / "secrets")))
    settings = Settings()
    assert settings.environment == "production"
    hosts = {
        settings.database_url.rpartition("@")[2].partition(":")[0],
        settings.broker_url.split("@")[1].split(":")[0],
    }
    assert hosts == {"postgres", "redis"}
    assert settings.s3_endpoint_url == "http://objects:8333"


def test_two_deployments_share_no_secret(tmp_path: Path):
    make(tmp_path / "one")
    make(tmp_path / "other")
    same = [
        file.name
        for file in (tmp_path / "one").iterdir()
        if file.read_text() == (tmp_path / "other" / file.name).read_text()
    ]
    assert same == []
    assert (tmp_path / "one").stat().st_mode & 0o077 == 0


# ---------------------------------------------------------------- no more rights than needed


def test_the_programs_know_no_superuser_and_no_administrator(services: dict[str, Service], tmp_path: Path):
    make(tmp_path)
    database = make_url((tmp_path / "database_url").read_text())
    assert database.username != services["postgres"]["environment"]["POSTGRES_USER"]
    assert database.password != (tmp_path / "postgres_password").read_text()
    accounts = {one["credentials"][0]["accessKey"]: one["actions"] for one in _identities(tmp_path)}
    assert accounts[(tmp_path / "s3_access_key").read_text()] == ["Read:choreo", "Write:choreo", "List:choreo"]
    assert accounts[(tmp_path / "s3_bucket_access_key").read_text()] == ["Admin:choreo"]
    given = {name: {one["source"] for one in service.get("secrets", [])} for name, service in services.items()}
    assert [name for name, secrets in given.items() if "s3_bucket_secret_key" in secrets] == ["bucket"]
    assert [name for name, secrets in given.items() if "postgres_password" in secrets] == ["postgres"]


def _identities(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "s3_identities.json").read_text())["identities"]


def test_the_inner_ports_of_the_store_are_on_no_shared_network(services: dict[str, Service], stack: dict[str, Any]):
    members = {
        network: {name for name, one in services.items() if network in one["networks"]} for network in stack["networks"]
    }
    assert members["store"] == {"s3", "objects"}
    assert (services["s3"]["networks"].keys(), services["s3"].get("ports")) == ({"store"}, None)
    assert stack["networks"]["store"]["internal"] is True
    forwarded = re.findall(r"^ *(?:listen|set \$store) (\S+);", OBJECTS, re.MULTILINE)
    assert forwarded == ["8333", "s3:8333"]


def test_images_are_exact_and_their_digests_are_kept_by_renovate(services: dict[str, Service]):
    images = {one["image"] for one in services.values() if not _is_ours(one)}
    images |= {f"python:{tag}" for tag in re.findall(r"^ARG PYTHON=(\S+)", DOCKERFILE, re.MULTILINE)}
    assert [image for image in images if not re.search(r":\d+\.?\d*.*(@sha256:[0-9a-f]{64})?$", image)] == []
    assert "docker:pinDigests" in json.loads((ROOT / "renovate.json").read_text())["extends"]
