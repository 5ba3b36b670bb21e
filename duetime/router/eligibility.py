"""Who may take what waits in a class, one associate and one class at a time; `graph` answers it for all at once."""

from duetime.router.associate import Profile
from duetime.router.route import WaitingClass, rings
from duetime.router.routing import Routing
from duetime.router.skill import Requirement


def units_needed(waiting: WaitingClass, routing: Routing) -> int:
    """The capacity that an associate must have: the channel's cost, and what is reserved for urgent work alone."""
    reserved = routing.reserve.units if routing.reserve and not waiting.urgent else 0
    return routing.channels[waiting.channel].cost_units + reserved


def takes(waiting: WaitingClass, routing: Routing, profile: Profile) -> bool:
    """Whether this associate takes the channel, and one of its conversations fits into their capacity."""
    return units_needed(waiting, routing) <= profile.capacity_units and profile.limits.get(waiting.channel, 0) > 0


def may_take(waiting: WaitingClass, routing: Routing, profile: Profile) -> bool:
    """Whether this associate, present or not, may take what waits in this class."""
    return takes(waiting, routing, profile) and any(need.met_by(profile) for need in rings(waiting, routing.queues))


def needs_by_step(waiting: WaitingClass, routing: Routing) -> dict[int, Requirement]:
    """What each step of the whole route asks for, of the steps that are taken at this time of day; for a queue that is
    no longer there, nothing."""
    queue = routing.queues.get(waiting.queue)
    if queue is None:
        return {waiting.step: Requirement()}
    taken = [number for number, step in enumerate(queue.steps, 1) if step.taken(closed=waiting.closed)]
    return dict(zip([0, *taken], rings(routing.class_at(waiting, len(queue.steps)), routing.queues), strict=True))
