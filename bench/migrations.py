"""Readers and a writer while a database of many jobs is migrated from its first revision to the newest one.

    python -m bench.migrations --database-url postgresql+psycopg://me@127.0.0.1/bench --out bench/migrations.json

The database must be an empty PostgreSQL one. Every ten seconds a transaction reads the jobs and stays open for two, as
a report or a backup does. Latencies are those of single statements, before and during the migration.
"""

import argparse
import json
import os
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import Engine, text

from services.db.engine import make_engine
from services.db.migrations import upgrade
from shared.clock import SystemClock

NUM_READERS = 4
BEFORE_SECONDS = 20.0
LONG_READ_SECONDS, LONG_READ_PAUSE = 2.0, 8.0
TENANT = "INSERT INTO tenants (id, name, event_seq, created_at) VALUES ('ten_1', 'bench', 0, now())"
FIRST_JOB = """INSERT INTO jobs SELECT (jsonb_populate_record(NULL::jobs, (
    SELECT jsonb_object_agg(column_name, CASE data_type WHEN 'jsonb' THEN '{}'::jsonb WHEN 'text' THEN '""'
        WHEN 'timestamp with time zone' THEN to_jsonb(now()) WHEN 'boolean' THEN 'false' ELSE '0' END)
    FROM information_schema.columns WHERE table_name = 'jobs' AND is_nullable = 'NO') || :given)).*"""
GIVEN = {"tenant_id": "ten_1", "queue": "generation.choreo-world", "kind": "generation"}
COPIED = {
    "id": "'job_' || lpad(n::text, 26, '0')",
    "state": "CASE WHEN n % 100 = 0 THEN 'queued' ELSE 'succeeded' END",
    "created_at": "now() - n * interval '1 second'",
    "finished_at": "now() - n * interval '1 second'",
}


class Traffic:
    """Statements that are repeated in threads until the end; `seconds` are the latencies since the last reset."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._over = engine, threading.Event()
        self.seconds: dict[str, list[float]] = {"read": [], "write": []}
        loops: list[Callable[[], None]] = [*[self._read] * NUM_READERS, self._write, self._read_long]
        self._threads = [threading.Thread(target=loop) for loop in loops]
        for thread in self._threads:
            thread.start()

    def reset(self) -> dict[str, dict[str, float]]:
        """Milliseconds since the last reset, by kind of statement."""
        found, self.seconds = self.seconds, {"read": [], "write": []}
        return {kind: _milliseconds(seconds) for kind, seconds in found.items()}

    def end(self) -> None:
        """Stop all threads."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        query = text("SELECT id, state FROM jobs WHERE tenant_id = 'ten_1' ORDER BY id DESC LIMIT 20")
        self._repeat("read", lambda connection: connection.execute(query).all())

    def _write(self) -> None:
        change = text("UPDATE jobs SET priority = priority + 1 WHERE id = 'job_' || lpad('7', 26, '0')")
        self._repeat("write", lambda connection: connection.execute(change))

    def _repeat(self, kind: str, statement: Callable[[Any], object]) -> None:
        while not self._over.wait(0.01):
            begun = time.perf_counter()
            with self._engine.begin() as connection:
                statement(connection)
            self.seconds[kind].append(time.perf_counter() - begun)

    def _read_long(self) -> None:
        while not self._over.wait(LONG_READ_PAUSE):
            with self._engine.begin() as connection:
                connection.execute(text("SELECT 1 FROM jobs LIMIT 1"))
                self._over.wait(LONG_READ_SECONDS)


def _milliseconds(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    times = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {"statements": len(seconds)} | {name: round(1000 * value, 1) for name, value in times.items()}


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(prog="python -m bench.migrations", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    engine = make_engine(options.database_url)
    upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text(TENANT))
        connection.execute(text(FIRST_JOB), {"given": json.dumps(GIVEN, allow_nan=False)})
        names = connection.execute(text("SELECT * FROM jobs")).keys()
        copied = ", ".join(COPIED.get(name, name) for name in names)
        connection.execute(
            text(f"INSERT INTO jobs SELECT {copied} FROM jobs, generate_series(1, {options.jobs - 1}) n")  # noqa: S608
        )
    traffic = Traffic(engine)
    threading.Event().wait(BEFORE_SECONDS)
    before, begun = traffic.reset(), time.perf_counter()
    upgrade(engine)
    took = time.perf_counter() - begun
    threading.Event().wait(1.0)  # statements that were blocked end, and count
    found = {"before": before, "during": traffic.reset(), "migration_seconds": round(took, 1), "jobs": options.jobs}
    traffic.end()
    engine.dispose()
    about = {"date": SystemClock().now().date().isoformat(), "cores": os.cpu_count(), "system": platform.platform()}
    line = json.dumps(about | found, indent=2, allow_nan=False)
    print(line)
    if options.out:
        options.out.write_text(line + "\n")


if __name__ == "__main__":
    main()
