"""A number of ours: its settings, and who carries it."""

from dataclasses import dataclass

from duetime.channels.sms.provider import Provider
from duetime.config.sms_settings import SmsEndpoint
from duetime.router.ids import EndpointId


@dataclass(frozen=True)
class OurNumber:
    id: EndpointId
    settings: SmsEndpoint
    provider: Provider
    public_url: str | None
    """Where its provider reaches us; None: nowhere that we know of."""

    def webhook_url(self, kind: str) -> str | None:
        """Where the provider calls: ``inbound`` or ``status``."""
        return None if self.public_url is None else f"{self.public_url}/channels/sms/{self.id}/{kind}"
