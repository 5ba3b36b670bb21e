"""Which of our endpoints an address belongs to."""

from collections.abc import Mapping

from duetime.config.email_settings import EmailEndpoint
from duetime.router.ids import EndpointId


class Recipients:
    def __init__(self, endpoints: Mapping[str, EmailEndpoint]) -> None:
        self._exact: dict[str, EndpointId] = {}
        self._plus: dict[str, EndpointId] = {}
        for name, settings in endpoints.items():
            for address in (settings.address, *settings.aliases):
                self._exact.setdefault(address.casefold(), EndpointId(name))
                if settings.plus_addressing:
                    self._plus.setdefault(address.casefold(), EndpointId(name))

    def endpoint(self, address: str) -> EndpointId | None:
        """For one of its addresses, or one with ``+`` and anything behind the name; None: it is not ours."""
        address = address.casefold()
        if (found := self._exact.get(address)) is not None:
            return found
        name, at, domain = address.rpartition("@")
        return self._plus.get(f"{name.partition('+')[0]}{at}{domain}") if "+" in name else None
