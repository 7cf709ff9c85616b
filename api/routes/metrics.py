"""Operator metrics for Prometheus (text exposition format 0.0.4)."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from api.deps import Admin, AppStateDep
from api.request_rules import RULES
from api.responses import problems
from services.jobs.scheduling.backlog import Backlog, backlog

TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "One line a figure.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}

router = APIRouter(tags=["health"], dependencies=RULES, responses=problems(401, 403))


@router.get("/metrics", operation_id="metrics", response_class=Response, responses=TEXT)
def metrics(state: AppStateDep, _: Admin) -> Response:
    """Jobs, queues, workers and webhooks as Prometheus gauges. Needs a key with the scope `admin`."""
    with state.database.read() as session:
        found = backlog(session, state.clock.now())
    registry = CollectorRegistry()
    registry.register(_BacklogCollector(found))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _BacklogCollector:
    """A Prometheus collector over a backlog snapshot."""

    def __init__(self, found: Backlog) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._found
        yield _gauge("choreo_jobs", "Jobs that have not ended.", ("queue", "state"), found.jobs)
        yield _gauge("choreo_oldest_job_seconds", "Age of the oldest job that waits.", ("queue",), found.oldest_job)
        yield _gauge("choreo_workers", "Workers seen within the hour.", ("state",), found.workers)
        yield _gauge("choreo_outbox_items", "What is due to be done outside SQL.", ("topic",), found.outbox)
        yield _gauge("choreo_outbox_late_seconds", "For how long the oldest is due.", ("topic",), found.oldest_outbox)
        yield _gauge("choreo_deliveries", "Webhooks that will be tried.", (), {(): found.deliveries})
        yield _gauge("choreo_late_deliveries", "Webhooks that are due.", (), {(): found.late_deliveries})


def _gauge(name: str, documentation: str, labels: tuple[str, ...], values: Any) -> GaugeMetricFamily:
    """One sample for each combination of labels."""
    gauge = GaugeMetricFamily(name, documentation, labels=labels)
    for key, value in values.items():
        gauge.add_metric([key] if isinstance(key, str) else list(key), value)
    return gauge
