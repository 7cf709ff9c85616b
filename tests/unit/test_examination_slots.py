"""Examination slots: a share for each tenant, tenants in turn, and an error with Retry-After when there is no place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from services.clips.examination_slots import (
    MAX_EXAMINED,
    MAX_IN_PROGRESS,
    MAX_IN_PROGRESS_OF_TENANT,
    ExaminationSlots,
)
from shared.errors import Unavailable
from tests.waiting import wait_until


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def admit(slots: ExaminationSlots, stack: ExitStack, tenant: str) -> bool:
    try:
        stack.enter_context(slots.admitted(tenant))
    except Unavailable as refused:
        return refused.retry_after is None
    return True


def test_a_tenant_has_its_share_and_some_places_are_left_for_others(stack: ExitStack):
    slots, hogs = ExaminationSlots(), [f"hog-{number}" for number in range(MAX_IN_PROGRESS)]
    admitted = [sum(admit(slots, stack, hog) for _ in range(MAX_IN_PROGRESS)) for hog in hogs]
    assert admitted[0] == MAX_IN_PROGRESS_OF_TENANT
    assert sum(admitted) <= MAX_IN_PROGRESS
    assert sum(number > 0 for number in admitted) > MAX_IN_PROGRESS / MAX_IN_PROGRESS_OF_TENANT


def test_a_place_is_free_again_after_an_error(stack: ExitStack):
    slots = ExaminationSlots()
    for _ in range(3 * MAX_IN_PROGRESS):
        with pytest.raises(ZeroDivisionError), slots.admitted("a"), slots.examining("a"):
            raise ZeroDivisionError
    assert admit(slots, stack, "a")


def test_one_tenant_never_has_all_slots(stack: ExitStack):
    slots = ExaminationSlots(queue_seconds=0.01)
    for _ in range(MAX_EXAMINED - 1):
        stack.enter_context(slots.examining("a"))
    with pytest.raises(Unavailable) as caught, slots.examining("a"):
        pass
    assert caught.value.retry_after
    with slots.examining("b"):
        pass


def test_tenants_wait_in_turn_not_in_line():
    slots, order = ExaminationSlots(), list[str]()

    def examine(tenant: str) -> None:
        with slots.examining(tenant):
            order.append(tenant)

    with ThreadPoolExecutor(5) as pool, slots.examining("a"), slots.examining("b"):
        waiting = []
        for number, tenant in enumerate("aabc"):
            waiting.append(pool.submit(examine, tenant))
            wait_until(lambda number=number: len(slots._waiting) == number + 1)
        assert order == []
    for one in waiting:
        one.result(10)
    assert order.index("c") < max(index for index, tenant in enumerate(order) if tenant == "a")
