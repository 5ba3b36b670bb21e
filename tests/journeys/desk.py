"""What an associate does at a desk all the time, in one word."""

from typing import Any

from tests.service.sockets.clients import DeskClient
from tests.waiting import wait_until


async def offer_on(desk: DeskClient, conversation: str, after: int = 0) -> int:
    """The number of an offer of this conversation after that one, shown at first or as it came."""

    def found() -> int | None:
        shown = [
            item["conversation"]
            for frame in desk.frames
            if frame["type"] == "snapshot"
            for item in frame["conversations"]
        ]
        offers = [item["offer"] for item in shown if item["id"] == conversation and item["state"] == "offered"]
        made = [event for event in desk.events if event["type"] == "OfferMade"]
        offers += [event["data"]["offer"] for event in made if event["conversation"] == conversation]
        return max((offer for offer in offers if offer > after), default=None)

    return await wait_until(found, what=f"an offer of {conversation}; there are {desk.frames}")


async def accept(desk: DeskClient, conversation: str) -> dict[str, Any]:
    """Wait for the offer, and take it."""
    offer = await offer_on(desk, conversation)
    accepted: dict[str, Any] = await desk.do("accept_offer", conversation=conversation, offer=offer)
    return accepted
