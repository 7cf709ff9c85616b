"""A short run for every change; the long one is in docs/reliability.md."""

from pathlib import Path

import pytest

from tests.chaos import plan
from tests.chaos.plan import Event, Kind
from tests.chaos.run import Run
from tests.chaos.servers import Servers
from tests.servers.faulty import faulty_proxy
from tests.servers.postgresql import postgresql
from tests.servers.programs import FAKETIME, POSTGRESQL, REDIS
from tests.servers.redis import redis
from tests.servers.required import require
from tests.servers.s3 import S3Server

SEED, SECONDS = 30867, 12.0
"""Its faults: Redis restarts, the sweep is killed, a worker is killed. None is suspended."""
LATE = Event(1.0, Kind.LATE_UPLOAD)


def test_a_plan_is_a_function_of_its_seed_and_has_every_kind():
    assert plan.draw(1, 600) == plan.draw(1, 600) != plan.draw(2, 600)
    assert plan.draw(1, 600)[:10] == plan.draw(1, 60)[:10]
    assert {event.kind for event in plan.draw(1, 1800)} == set(Kind)


@pytest.mark.timeout(3600)
def test_nothing_is_lost_and_nothing_is_doubled(s3_server: S3Server, servers_folder: Path, tmp_path: Path):
    require(POSTGRESQL, REDIS, FAKETIME)
    events = [LATE, *plan.draw(SEED, SECONDS)]
    with (
        postgresql(servers_folder / "chaos-postgresql") as database,
        redis(servers_folder / "chaos-redis") as broker,
        faulty_proxy(s3_server.endpoint_url) as faulty,
    ):
        servers = Servers(database, broker, s3_server, faulty)
        run = Run(servers, tmp_path, seed=SEED, num_clients=6, orphaned_objects_seconds=1)
        report = run(events, SECONDS)
    assert (report.findings.lines, report.refusals) == ([], []), report.line
    assert report.states["succeeded"] > 0
    assert run.hook.poisoned
    assert sum(report.faults.values()) == len(events) > 0
