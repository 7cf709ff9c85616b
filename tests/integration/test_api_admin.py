"""Administration of tenants and keys over HTTP."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from services.db.tables import IdempotencyRow
from shared.schemas.common import Scope
from tests.service import Service

UNKNOWN = "01KAPZ6V3W8Q0M4N5R6S7T8V9X"


@pytest.fixture
def admin(service: Service) -> httpx.Client:
    return service.caller("operator", ("admin",))


def tenant(admin: httpx.Client, name: str = "acme") -> str:
    made = admin.post("/v1/admin/tenants", json={"name": name})
    assert (made.status_code, made.headers["location"]) == (201, f"/v1/admin/tenants/{made.json()['id']}")
    return made.json()["id"]


def issue(admin: httpx.Client, tenant_id: str, *scopes: Scope, **more: object) -> dict:
    body = {"tenant_id": tenant_id, "name": "backend", "scopes": scopes or ("read", "train"), **more}
    made = admin.post("/v1/admin/keys", json=body)
    assert made.status_code == 201, made.text
    return made.json()


def status(service: Service, key: dict) -> int:
    """The status of a call with this key."""
    return service.client({"Authorization": f"Bearer {key['token']}"}).get("/v1/concepts").status_code


def test_a_tenant_is_made_renamed_and_listed(service: Service, admin: httpx.Client):
    first, second = tenant(admin), tenant(admin, "other")
    assert admin.patch(f"/v1/admin/tenants/{first}", json={"name": "Acme Ltd"}).json()["name"] == "Acme Ltd"
    assert admin.patch(f"/v1/admin/tenants/{first}", json={}).json()["name"] == "Acme Ltd"
    assert admin.get(f"/v1/admin/tenants/{first}").json()["name"] == "Acme Ltd"
    page = admin.get("/v1/admin/tenants?limit=1").json()
    rest = admin.get("/v1/admin/tenants", params={"limit": 9, "cursor": page["next_cursor"]}).json()
    assert {first, second} < {one["id"] for one in page["data"] + rest["data"]}
    assert admin.get(f"/v1/admin/tenants/ten_{UNKNOWN}").status_code == 404


def test_a_key_opens_its_tenant_until_it_is_revoked(service: Service, admin: httpx.Client):
    made = issue(admin, tenant(admin), expires_at=(service.clock.now() + timedelta(days=1)).isoformat())
    assert status(service, made) == 200
    shown = admin.get(f"/v1/admin/keys/{made['id']}").json()
    assert shown == {name: value for name, value in made.items() if name != "token"}
    assert made["token"].endswith(shown["hint"])
    revoked = admin.post(f"/v1/admin/keys/{made['id']}/revoke").json()
    assert revoked["revoked_at"] is not None
    assert admin.post(f"/v1/admin/keys/{made['id']}/revoke").json() == revoked
    assert status(service, made) == 401
    refused = admin.post(f"/v1/admin/keys/{made['id']}/rotate")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_inactive")


def test_rotation_leaves_the_old_key_for_a_while(service: Service, admin: httpx.Client):
    old = issue(admin, tenant(admin), "read")
    new = admin.post(f"/v1/admin/keys/{old['id']}/rotate").json()
    assert (new["tenant_id"], new["scopes"], new["expires_at"]) == (old["tenant_id"], ["read"], None)
    assert (status(service, old), status(service, new)) == (200, 200)
    ends = datetime.fromisoformat(admin.get(f"/v1/admin/keys/{old['id']}").json()["expires_at"])
    assert abs(ends - service.clock.now() - timedelta(days=1)) < timedelta(minutes=5)
    newest = admin.post(f"/v1/admin/keys/{new['id']}/rotate?overlap_seconds=0").json()
    assert (status(service, new), status(service, newest)) == (401, 200)


def test_a_rotated_key_has_the_same_lifetime(service: Service, admin: httpx.Client):
    ends = service.clock.now() + timedelta(hours=1)
    old = issue(admin, tenant(admin), expires_at=ends.isoformat())
    new = admin.post(f"/v1/admin/keys/{old['id']}/rotate").json()
    life = datetime.fromisoformat(new["expires_at"]) - datetime.fromisoformat(new["created_at"])
    assert life == ends - datetime.fromisoformat(old["created_at"])
    assert admin.get(f"/v1/admin/keys/{old['id']}").json()["expires_at"] == old["expires_at"]


def test_a_token_is_returned_once_and_not_stored(service: Service, admin: httpx.Client):
    body = {"tenant_id": tenant(admin), "name": "backend", "scopes": ["read"]}
    first, again = (
        admin.post("/v1/admin/keys", json=body, headers={"Idempotency-Key": "once"}).json() for _ in range(2)
    )
    assert first["token"].startswith("chk_")
    assert again == first | {"token": None}
    with service.database.read() as session:
        kept = session.scalars(select(IdempotencyRow.body))
    assert kept
    assert not any(first["token"] in (text or "") for text in kept)


def test_keys_are_listed_for_one_tenant_or_all(service: Service, admin: httpx.Client):
    mine, other = tenant(admin), tenant(admin, "other")
    ids = {issue(admin, mine)["id"], issue(admin, mine)["id"]}
    theirs = issue(admin, other)["id"]
    listed = admin.get("/v1/admin/keys", params={"tenant": mine}).json()["data"]
    assert {one["id"] for one in listed} == ids
    assert ids | {theirs} < {one["id"] for one in admin.get("/v1/admin/keys").json()["data"]}


def test_what_is_refused_is_pointed_at(sqlite_service: Service):
    admin = sqlite_service.caller("operator", ("admin",))
    body = {"tenant_id": f"ten_{UNKNOWN}", "name": "x", "scopes": ["read"]}
    good = body | {"tenant_id": tenant(admin)}
    for wrong, pointer in (
        (body, "/tenant_id"),
        (good | {"scopes": []}, "/scopes"),
        (good | {"scopes": ["root"]}, "/scopes/0"),
        (good | {"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        (good | {"expires_at": "9999-12-31T23:59:59Z"}, "/expires_at"),
    ):
        answer = admin.post("/v1/admin/keys", json=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), wrong
