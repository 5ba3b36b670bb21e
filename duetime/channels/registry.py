"""The adapters of this daemon, by channel. The composition root fills it once; nothing is added later."""

from collections.abc import Iterable

from duetime.channels.contract import Adapter
from duetime.router.errors import NotFound
from duetime.router.message import Channel


class Registry:
    def __init__(self, adapters: Iterable[Adapter]) -> None:
        """Raises ValueError when two adapters claim one channel."""
        self._adapters: dict[Channel, Adapter] = {}
        for adapter in adapters:
            other = self._adapters.setdefault(adapter.channel, adapter)
            if other is not adapter:
                raise ValueError(
                    f"{type(other).__name__} and {type(adapter).__name__} both claim the channel "
                    f"{adapter.channel.value}."
                )

    @property
    def channels(self) -> frozenset[Channel]:
        return frozenset(self._adapters)

    def adapter(self, channel: Channel) -> Adapter:
        """Raises NotFound for a channel that this daemon does not speak."""
        try:
            return self._adapters[channel]
        except KeyError:
            spoken = ", ".join(sorted(known.value for known in self._adapters)) or "none"
            raise NotFound(f"This daemon has no adapter for {channel.value}; it has: {spoken}.") from None
