"""Pagination: `?limit=&cursor=` in, `{data, next_cursor, has_more}` out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request

from api.cursor import BadCursor, Cursors
from api.deps import Admin, AppState, AppStateDep, Reader
from services.accounts.service import Principal
from shared.errors import Invalid
from shared.schemas.common import DIGITS, Page

Row = TypeVar("Row")
Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=100, description="At most so many items."), DIGITS]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before; opaque.")]


@dataclass(frozen=True, slots=True)
class Paging:
    """The caller's position in a list; `after` is the position of the last item seen."""

    cursors: Cursors
    tenant_id: str
    listing: str
    limit: int
    after: str | None

    def page(self, found: Sequence[Row], view: Callable[[Row], Item], position: Callable[[Row], str]) -> Page[Item]:
        """The page of `found`, which has one row over the limit when there are more (read `fetch` rows)."""
        rows = found[: self.limit]
        has_more = len(found) > self.limit
        last = position(rows[-1]) if has_more else None
        return Page(data=[view(row) for row in rows], next_cursor=last and self._seal(last), has_more=has_more)

    @property
    def fetch(self) -> int:
        """Number of rows to read: one more than the page holds."""
        return self.limit + 1

    def _seal(self, position: str) -> str:
        return self.cursors.encode(tenant_id=self.tenant_id, listing=self.listing, position=position)


async def paging(
    request: Request, state: AppStateDep, caller: Reader, limit: Limit = 20, cursor: Cursor = None
) -> Paging:
    """The requested page. A cursor is valid only for the list and filters that it was issued for."""
    return _paging(request, state, caller, limit, cursor)


async def admin_paging(
    request: Request, state: AppStateDep, caller: Admin, limit: Limit = 20, cursor: Cursor = None
) -> Paging:
    """The requested page of a list that needs the scope `admin`."""
    return _paging(request, state, caller, limit, cursor)


def _paging(request: Request, state: AppState, caller: Principal, limit: int, cursor: str | None) -> Paging:
    filters = sorted((name, value) for name, value in request.query_params.items() if name not in ("limit", "cursor"))
    listing = repr((request.url.path, filters))
    return Paging(
        state.cursors, caller.tenant_id, listing, limit, _open(state.cursors, caller.tenant_id, listing, cursor)
    )


def _open(cursors: Cursors, tenant_id: str, listing: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return cursors.decode(cursor, tenant_id=tenant_id, listing=listing)
    except BadCursor as error:
        raise Invalid.at("query/cursor", "bad_cursor", "This cursor was not made for this list.") from error


PagingDep = Annotated[Paging, Depends(paging)]
AdminPagingDep = Annotated[Paging, Depends(admin_paging)]
