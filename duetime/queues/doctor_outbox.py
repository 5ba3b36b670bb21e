"""What is to be sent is in the outbox of its endpoint, and nothing else is."""

from collections.abc import AsyncIterator

from duetime.queues.findings import Finding, Reader


async def check_outbox(reader: Reader) -> AsyncIterator[Finding]:
    unsent = set(await reader.names("unsent"))
    queued = set[str]()
    async for endpoint, rows in reader.rankings("outbox", await reader.names("outbox")):
        queued.update(f"{endpoint}:{conversation}" for conversation in rows)
    for name in sorted(unsent - queued):
        yield Finding("sent_never", name, f"{name} has something to send, but the outbox does not know of it.")
    for name in sorted(queued - unsent):
        yield Finding("sends_nothing", name, f"{name} is in the outbox, but has nothing to send.")
