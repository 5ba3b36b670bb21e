"""The moves between the states of a conversation."""

from duetime.router.conversation import HOLDING, MOVES, State

OPEN = set(State) - {State.CLOSED}


def test_every_state_has_its_moves_and_can_be_reached() -> None:
    assert set(MOVES) == {None, *State}
    reached: set[State] = set()
    fresh = set(MOVES[None])
    while fresh:
        reached |= fresh
        fresh = {after for state in fresh for after in MOVES[state]} - reached
    assert reached == set(State)


def test_a_conversation_begins_waiting_or_with_somebody() -> None:
    assert MOVES[None] == {State.WAITING, State.OFFERED, State.ASSIGNED}


def test_every_open_conversation_can_be_closed_and_a_closed_one_is_reopened_or_rests_after_a_split() -> None:
    assert all(State.CLOSED in MOVES[state] for state in OPEN)
    assert MOVES[State.CLOSED] == MOVES[None] | {State.PARKED}


def test_whoever_holds_a_conversation_can_be_relieved_of_it() -> None:
    assert all(State.WAITING in MOVES[state] for state in HOLDING)


def test_only_what_was_assigned_is_wrapped_up() -> None:
    assert {state for state, after in MOVES.items() if State.WRAP_UP in after} == {State.ASSIGNED}


def test_what_waits_or_is_parked_or_closed_holds_nobodys_capacity() -> None:
    assert set(State) - HOLDING == {State.WAITING, State.PARKED, State.CLOSED}


def test_nothing_is_parked_before_it_was_routed_nor_from_its_wrap_up() -> None:
    assert {state for state, after in MOVES.items() if State.PARKED in after} == {
        State.WAITING,
        State.OFFERED,
        State.ASSIGNED,
        State.PARKED,
        State.CLOSED,
    }
