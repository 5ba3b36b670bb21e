"""The quality of routing: who is in time when not everybody can be, who is chosen, and queues of known truth.

Everything runs through the product's scripts on a real server; only time is simulated.
"""

from benchmarks import quality_choice, quality_overload, quality_truth
from benchmarks.quality_centre import open_server
from benchmarks.report import Section

DOCUMENT = "targets.md"


async def measure(days: int) -> Section:
    """``days``: how many of each scenario of overload, of which the median is given."""
    async with open_server() as pipeline:
        tables = await quality_overload.measure(pipeline, days)
        tables += await quality_choice.measure(pipeline)
        tables += await quality_truth.measure(pipeline)
    return Section(name="quality", tables=tables, notes=_notes(days), document=DOCUMENT)


def _notes(days: int) -> list[str]:
    promises = ", ".join(
        f"{quality_overload.SHARES[channel]:.0%} {channel.value} within {target_s // 60:,} min"
        for channel, target_s in quality_overload.TARGETS_S.items()
    )
    return [
        f"Overload: the median of {days} simulated days with {quality_overload.SLOTS} associates who have one"
        f" conversation at a time ({promises}), on identical arrivals for every policy. First in, first out is a queue"
        " with equal targets on all channels. Round robin takes one of each channel in turn: the benchmark gives the"
        " ranks, the scripts serve by them. Spread of work is the standard deviation of the associates' working time"
        " over its mean. In plain Python is the same order of service without the product.",
        f"Who is chosen: {quality_choice.DAYS} days of {quality_choice.MINUTES // 60} hours, on identical arrivals.",
        f"Known truth: {quality_truth.SIMULATIONS} independent simulations of each.",
    ]
