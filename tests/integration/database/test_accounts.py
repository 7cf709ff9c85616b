"""Keys and idempotency on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.accounts import idempotency
from services.accounts.service import CreatedKey, authenticate, create_key, create_tenant, find_tenant, revoke_key
from services.db.sessions import Database
from services.db.tables import ApiKeyRow
from shared.errors import Forbidden, IdempotencyInFlight, IdempotencyMismatch, Invalid, NotFound, Unauthorized

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.fixture
def tenant(db: Database) -> str:
    with db.write() as session:
        return create_tenant(session, "studio", NOW).id


@pytest.fixture
def key(db: Database, tenant: str) -> CreatedKey:
    with db.write() as session:
        return create_key(session, tenant, "laptop", ["read", "train"], NOW, expires_at=NOW + DAY)


def test_a_key_opens_its_tenant_and_scopes(db: Database, tenant: str, key: CreatedKey):
    with db.read() as session:
        principal = authenticate(session, key.token, NOW)
        assert find_tenant(session, "studio") is not None
    assert (principal.tenant_id, principal.key_id, principal.scopes) == (tenant, key.id, {"read", "train"})
    principal.require("train")
    with pytest.raises(Forbidden, match="generate"):
        principal.require("generate")


def test_only_the_hash_is_kept(db: Database, key: CreatedKey):
    assert key.token.startswith("chk_")
    with db.read() as session:
        row = session.scalar(select(ApiKeyRow))
    assert row is not None
    assert key.token not in {str(value) for value in vars(row).values()}


def test_wrong_revoked_and_expired_keys_are_unauthorized(db: Database, tenant: str, key: CreatedKey):
    with db.read() as session:
        for token in ("", "chk_", key.token[:-1], key.token + "x"):
            with pytest.raises(Unauthorized):
                authenticate(session, token, NOW)
        with pytest.raises(Unauthorized):
            authenticate(session, key.token, NOW + DAY)
    with db.write() as session:
        revoke_key(session, tenant, key.id, NOW)
        revoke_key(session, tenant, key.id, NOW)
    with db.read() as session, pytest.raises(Unauthorized):
        authenticate(session, key.token, NOW)


def test_a_tenant_cannot_revoke_another_tenants_key(db: Database, key: CreatedKey):
    with db.write() as session:
        stranger = create_tenant(session, "stranger", NOW).id
        with pytest.raises(NotFound):
            revoke_key(session, stranger, key.id, NOW)


def test_unknown_scopes_are_refused(db: Database, tenant: str):
    with db.write() as session, pytest.raises(Invalid):
        create_key(session, tenant, "x", ["root"], NOW)  # pyright: ignore[reportArgumentType]


# ---------------------------------------------------------------- idempotency


def ask(db: Database, tenant: str, body: bytes = b"{}", after: timedelta = timedelta()) -> idempotency.Replay | None:
    with db.write() as session:
        same = idempotency.fingerprint("POST", "/v1/trainings", body)
        return idempotency.begin(session, tenant, "abc", same, NOW + after)


def answer(db: Database, tenant: str) -> None:
    with db.write() as session:
        idempotency.complete(session, tenant, "abc", 202, '{"id": "job_1"}', NOW)


def test_the_first_answer_is_replayed(db: Database, tenant: str):
    assert ask(db, tenant) is None
    answer(db, tenant)
    assert ask(db, tenant) == idempotency.Replay(202, '{"id": "job_1"}')


def test_another_body_is_a_mismatch(db: Database, tenant: str):
    ask(db, tenant)
    answer(db, tenant)
    with pytest.raises(IdempotencyMismatch):
        ask(db, tenant, b'{"a": 1}')


def test_while_the_first_runs_others_get_a_conflict(db: Database, tenant: str):
    ask(db, tenant)
    with pytest.raises(IdempotencyInFlight):
        ask(db, tenant)
    assert ask(db, tenant, after=idempotency.IN_FLIGHT_TIMEOUT) is None  # the first must have died
    with pytest.raises(IdempotencyInFlight):
        ask(db, tenant, after=idempotency.IN_FLIGHT_TIMEOUT)


def test_a_request_that_came_to_nothing_frees_its_key(db: Database, tenant: str):
    ask(db, tenant)
    with db.write() as session:
        idempotency.forget(session, tenant, "abc")
    assert ask(db, tenant, b"other") is None


def test_an_answer_is_kept_for_a_day(db: Database, tenant: str):
    ask(db, tenant)
    answer(db, tenant)
    assert ask(db, tenant, after=DAY - timedelta(seconds=1)) is not None
    assert ask(db, tenant, b"other", after=DAY) is None


def test_expired_answers_are_purged(db: Database, tenant: str):
    ask(db, tenant)
    with db.write() as session:
        assert idempotency.purge(session, NOW) == 0
        assert idempotency.purge(session, NOW + DAY) == 1


def test_tenants_do_not_share_keys(db: Database, tenant: str):
    ask(db, tenant)
    with db.write() as session:
        stranger = create_tenant(session, "stranger", NOW).id
    assert ask(db, stranger) is None


def test_a_rolled_back_request_leaves_no_key(db: Database, tenant: str):
    def begin_and_stop() -> None:
        with db.write() as session:
            idempotency.begin(session, tenant, "abc", "f", NOW)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        begin_and_stop()
    assert ask(db, tenant) is None
