"""The composition of the HTTP service; `python -m api` serves it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from api import errors, openapi
from api.cursor import Cursors
from api.deps import AppState
from api.job_requests import statuses
from api.key_first import KeyFirst
from api.middleware import BodyLimit, PublicUrl, RateHeaders, RequestId
from api.readiness import Readiness, ServerCheck
from api.routes import (
    admin_audit,
    admin_dead_letters,
    admin_keys,
    admin_limits,
    admin_tenants,
    admin_workers,
    base_models,
    clips,
    concepts,
    console,
    deletions,
    deliveries,
    evaluations,
    events,
    generations,
    health,
    jobs,
    metrics,
    reference,
    storage,
    trainings,
    usage,
    webhook_endpoints,
)
from api.single_flight import SingleFlight
from api.sse import EventBatch
from api.waiting import JobWatch
from services.accounts.rates import RateLimiter
from services.clips.completion import Completion
from services.clips.examination_slots import MAX_IN_PROGRESS
from services.clips.probe_result import Limits as ClipLimits
from services.db import migrations
from services.db.clock import clock_of
from services.db.sessions import open_database
from services.jobs.submission.promotion import Promotion
from services.moderation import open_moderator
from services.outgoing.guard import Guard
from services.storage.factory import open_store
from services.storage.signing import ROUTE as STORAGE_ROUTE
from services.webhooks.secret_box import SecretBox
from shared.base_models import load_catalogue
from shared.clock import Clock, SystemClock
from shared.ids import new_id
from shared.settings import Settings
from shared.version import VERSION

MAX_BODY_BYTES = 2**20
_ROUTERS = (
    clips.router,
    concepts.router,
    trainings.router,
    generations.router,
    evaluations.router,
    jobs.router,
    events.router,
    webhook_endpoints.router,
    deliveries.router,
    deletions.router,
    usage.router,
    admin_tenants.router,
    admin_keys.router,
    admin_limits.router,
    admin_dead_letters.router,
    admin_audit.router,
    admin_workers.router,
    base_models.router,
    storage.router,
    reference.router,
    console.router,
    health.router,
    metrics.router,
)


def create_app(settings: Settings, *, clock: Clock | None = None) -> FastAPI:
    """The application, by default on the database's clock. It connects to nothing before its startup.

    Raises ConfigurationError.
    """
    app = FastAPI(
        title=openapi.TITLE,
        version=VERSION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        routes=_routes(),
    )
    app.state.choreo, app.state.is_checked = _compose(settings, clock), False
    errors.install(app)
    openapi.install(app, settings.public_url)
    app.add_middleware(KeyFirst, exempt=STORAGE_ROUTE)
    app.add_middleware(BodyLimit, limit=MAX_BODY_BYTES, exempt=STORAGE_ROUTE)
    app.add_middleware(RateHeaders)
    app.add_middleware(PublicUrl, public_url=settings.public_url)
    app.add_middleware(RequestId, new_request_id=lambda: new_id("req", SystemClock()))
    return app


def _routes() -> list[BaseRoute]:
    """The routes as their modules made them; `include_router` would build each a second time, 70 ms of every start."""
    return [route for router in _ROUTERS for route in router.routes]


def _compose(settings: Settings, clock: Clock | None) -> AppState:
    database = open_database(settings.database_url)
    clock = clock or clock_of(database.engine)
    store = open_store(settings, clock=clock)
    guard = Guard(allowed_networks=settings.webhook_allowed_networks)
    server_check = ServerCheck(settings, clock)
    limits = ClipLimits(max_seconds=settings.max_clip_seconds)
    return AppState(
        settings=settings,
        clock=clock,
        database=database,
        store=store,
        completion=Completion(database, store, clock=clock, limits=limits, work_dir=settings.work_dir, guard=guard),
        examinations=CapacityLimiter(2 * MAX_IN_PROGRESS),
        catalogue=load_catalogue(settings),
        guard=guard,
        secret_box=SecretBox(settings.secret_key.get_secret_value()),
        moderator=open_moderator(settings),
        cursors=Cursors(settings.secret_key.get_secret_value()),
        watch=JobWatch(partial(statuses, database)),
        event_reads=SingleFlight[EventBatch](),
        promotion=Promotion(database, store, clock),
        rates=RateLimiter(settings.broker_url),
        readiness=Readiness(server_check),
        server_check=server_check,
    )


def check(app: FastAPI) -> None:
    """Check the requirements: a migrated database, and storage with safe conditional writes.

    The startup also runs it, unless it was run before, so that a program can report the errors itself.

    Raises:
        ConfigurationError: the database is not migrated.
        Unavailable: the database does not answer.
        StorageError: storage does not answer, refuses access, or has unsafe conditional writes.
    """
    state: AppState = app.state.choreo
    migrations.check(state.database.engine)
    state.store.check()
    app.state.is_checked = True


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    if not app.state.is_checked:
        await run_in_threadpool(check, app)
    yield
    app.state.choreo.database.close()
    app.state.choreo.server_check.close()
