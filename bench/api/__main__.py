"""Load test of submit, get, list and event streams, compared with the bare framework doing a single insert.

    python -m bench.api --database-url sqlite:////tmp/bench/choreo.db --out bench/api/sqlite.json
    python -m bench.api --database-url postgresql+psycopg://me@127.0.0.1/bench --out bench/api/postgresql.json

The database must be empty. A list of `--jobs` jobs is measured next to one of a thousand.
"""

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import httpx

from bench.api.database import fan_out, fill, new_tenant
from bench.api.load import Call, Took, load
from bench.api.serving import Server, free_port, served
from services.db.migrations import upgrade
from services.db.sessions import Database, open_database
from shared.clock import SystemClock

FEW_JOBS = 1_000


def main() -> None:
    """Measures one database and writes down what was found."""
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        upgrade(options.database_url)
        database = open_database(options.database_url)
        with _service(options.database_url, Path(folder)) as server:
            found = _measure(server, database, options)
            peak = server.peak_memory_bytes()
        database.close()
    found["bare_insert"] = _bare(options)._asdict()
    ratio = {name: found["submit"][name] / found["bare_insert"][name] for name in ("p50", "p99")}
    about = {
        "date": SystemClock().now().date().isoformat(),
        "cores": os.cpu_count(),
        "database": options.database_url.partition(":")[0],
        "callers": options.callers,
        "listeners": options.listeners,
        "python": platform.python_version(),
        "system": platform.platform(),
        "peak_memory_bytes": peak,
        "submit_over_bare_insert": ratio,
    }
    text = json.dumps(about | {"seconds": found}, indent=2, allow_nan=False) + "\n"
    print(text)
    if options.out:
        options.out.write_text(text)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--requests", type=int, default=2000, help="of each kind")
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--listeners", type=int, default=100, help="to one job's events")
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=1_000_000, help="in the long list")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _bare(options: argparse.Namespace) -> Took:
    port = free_port()
    with served("bench.api.bare", options.database_url, str(port), port=port, environment={}) as server:
        return _many(server, lambda client, number: client.post("/notes", json={"prompt": f"ball {number}"}), options)


def _service(database_url: str, folder: Path) -> Any:
    port = free_port()
    environment = {
        "CHOREO_DATABASE_URL": database_url,
        "CHOREO_STORAGE_URL": f"directory:{folder / 'storage'}",
        "CHOREO_WORK_DIR": str(folder / "work"),
        "CHOREO_HTTP_PORT": str(port),
        "CHOREO_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    return served("api", port=port, environment=environment)


def _many(server: Server, call: Call, options: argparse.Namespace, headers: dict[str, str] | None = None) -> Took:
    return load(server.url, call, num=options.requests, callers=options.callers, headers=headers)


def _measure(server: Server, database: Database, options: argparse.Namespace) -> dict[str, Any]:
    few, many = new_tenant(database, "few"), new_tenant(database, "many")
    job_id = _one_job(server, few)
    fill(database, job_id, FEW_JOBS - 1)
    fill(database, _one_job(server, many), options.jobs - 1)
    print("filled; now it is measured", flush=True)
    streaming = new_tenant(database, "streams")
    streams = fan_out(database, server.url, streaming, listeners=options.listeners, num=options.events)
    submit = _many(server, _submit, options, new_tenant(database, "submits"))
    get = _many(server, lambda client, _number: client.get(f"/v1/jobs/{job_id}"), options, few)
    pages = {
        f"list_of_{num}": _many(server, _list, options, headers)._asdict()
        for num, headers in ((FEW_JOBS, few), (options.jobs, many))
    }
    return {"submit": submit._asdict(), "get": get._asdict(), **pages, "event": streams._asdict()}


def _submit(client: httpx.Client, number: int) -> httpx.Response:
    return client.post("/v1/generations", json={"prompt": f"ball {number}"}, headers={"Idempotency-Key": f"n{number}"})


def _list(client: httpx.Client, _number: int) -> httpx.Response:
    return client.get("/v1/jobs", params={"limit": 20})


def _one_job(server: Server, headers: dict[str, str]) -> str:
    answer = httpx.post(f"{server.url}/v1/generations", json={"prompt": "a ball"}, headers=headers, trust_env=False)
    return answer.raise_for_status().json()["id"]


if __name__ == "__main__":
    main()
