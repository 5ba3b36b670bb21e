"""What is to be sent is in the outbox of its endpoint, and nothing else is; parts wait for their others for a time."""

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


async def check_parts(reader: Reader) -> AsyncIterator[Finding]:
    kept, awaited = set(await reader.names("part")), set(await reader.ranked("parts"))
    for name in sorted(kept - awaited):
        yield Finding("parts_for_ever", name, f"Parts of a message wait for their others ({name}), and for no time.")
    for name in sorted(awaited - kept):
        yield Finding("no_parts", name, f"Parts of a message are waited for ({name}), but none is kept.")
