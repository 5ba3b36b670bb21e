"""The quality of routing: who is in time when not everybody can be, who is chosen, and queues of which the truth is known.

Everything runs through the product's scripts on a real server; only time is simulated.
"""

from benchmarks import quality_choice, quality_overload, quality_truth
from benchmarks.quality_floor import open_server
from benchmarks.report import Section

DOCUMENT = "targets.md"


async def measure(days: int) -> Section:
    """``days``: how many of each scenario of overload, of which the median is given."""
    async with open_server() as pipeline:
        tables = await quality_overload.measure(pipeline, days)
        tables += await quality_choice.measure(pipeline)
        tables += await quality_truth.measure(pipeline)
    notes = [f"Overload: the median of {days} simulated days, on identical arrivals for every policy."]
    return Section(name="quality", tables=tables, notes=notes, document=DOCUMENT)
