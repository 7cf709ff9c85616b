import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursor import BadCursor, Cursors

CURSORS = Cursors("a secret")


@given(st.text(), st.text(), st.text())
def test_opens_what_it_sealed(tenant: str, listing: str, position: str):
    token = CURSORS.encode(tenant_id=tenant, listing=listing, position=position)
    assert CURSORS.decode(token, tenant_id=tenant, listing=listing) == position


@pytest.mark.parametrize(
    ("tenant", "listing", "secret"),
    [("b", "jobs", "a secret"), ("a", "clips", "a secret"), ("a", "jobs", "another secret")],
)
def test_a_cursor_is_good_for_one_tenant_one_list_and_one_service(tenant: str, listing: str, secret: str):
    token = CURSORS.encode(tenant_id="a", listing="jobs", position="job_1")
    with pytest.raises(BadCursor):
        Cursors(secret).decode(token, tenant_id=tenant, listing=listing)


@given(st.text(max_size=80))
def test_a_made_up_cursor_is_refused(token: str):
    with pytest.raises(BadCursor):
        CURSORS.decode(token, tenant_id="a", listing="jobs")


def test_a_moved_cursor_is_refused():
    token = CURSORS.encode(tenant_id="a", listing="jobs", position="job_1")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    moved = base64.urlsafe_b64encode(raw.replace(b"job_1", b"job_2")).decode()
    with pytest.raises(BadCursor):
        CURSORS.decode(moved, tenant_id="a", listing="jobs")
