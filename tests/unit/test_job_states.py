"""The transition table, cell by cell."""

from itertools import product

import pytest

from services.jobs.state.transitions import TRANSITIONS, IllegalTransition, Verb, next_state
from shared.schemas.job import JobState

TERMINAL = {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED}


@pytest.mark.parametrize(("state", "verb"), list(product(JobState, Verb)))
def test_every_cell_moves_or_refuses(state: JobState, verb: Verb):
    if (state, verb) in TRANSITIONS:
        assert next_state(state, verb) is TRANSITIONS[state, verb]
    else:
        with pytest.raises(IllegalTransition, match=state):
            next_state(state, verb)


def test_terminal_states_never_change():
    leaving = {
        (state, verb) for (state, verb), after in TRANSITIONS.items() if state in TERMINAL and after is not state
    }
    assert not leaving
    assert {state for state in JobState if state.is_terminal} == TERMINAL


def test_every_state_can_be_reached_and_every_other_one_left():
    reached, frontier = {JobState.QUEUED}, [JobState.QUEUED]
    while frontier:
        here = frontier.pop()
        for (state, _), after in TRANSITIONS.items():
            if state is here and after not in reached:
                reached.add(after)
                frontier.append(after)
    assert reached == set(JobState)
    assert {state for state, _ in TRANSITIONS} >= set(JobState) - TERMINAL


def test_a_running_job_is_never_canceled_without_its_engine():
    assert next_state(JobState.RUNNING, Verb.CANCEL) is JobState.CANCELING
    with pytest.raises(IllegalTransition):
        next_state(JobState.RUNNING, Verb.CONFIRM_CANCELED)
