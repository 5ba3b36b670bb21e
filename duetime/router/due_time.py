"""When a conversation must be answered, and how that orders it among all that wait.

rank = due time in milliseconds, less the boost of its priority and of its route step. The lowest rank is served first.
Boosts lie between plus and minus `BOOST_MAX_S`, which makes the starvation bound a number (`starvation_bound_s`).
"""

BOOST_MAX_S = 86_400
"""The largest boost that priority and step may give together: one day."""


def boost_ms(priority_boost_s: int, step_boost_s: int) -> int:
    """The bounded sum of both boosts. A negative priority boost puts a conversation back."""
    total_s = priority_boost_s + step_boost_s
    return 1000 * max(-BOOST_MAX_S, min(BOOST_MAX_S, total_s))


def rank(due_at: int, boost: int) -> int:
    """``due_at`` and the result in epoch ms, ``boost`` in ms."""
    return due_at - boost


def starvation_bound_s(longest_due_s: int) -> int:
    """After this many seconds of waiting no later arrival goes before a conversation, whatever its priority: the
    later one is due no sooner than its own arrival, and the two boosts differ by at most twice the bound."""
    return longest_due_s + 2 * BOOST_MAX_S
