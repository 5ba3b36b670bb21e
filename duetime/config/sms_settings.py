"""The settings of SMS: our numbers, the providers that carry them, and what holds for each."""

from datetime import time
from functools import cache
from typing import Annotated

import msgspec
from msgspec import Meta
from phonenumbers import SUPPORTED_REGIONS

from duetime.config.fields import Duration, Origin, Pause, Slug, Title
from duetime.config.problems import Report, Where
from duetime.config.section import Section
from duetime.config.sms_gateway import FIELD_PLACES, HttpGateway
from duetime.config.sms_providers import MessageBird, Twilio, Vonage
from duetime.router.template import unknown_places

_END = r"(?![\s\S])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SENDER_NAME = r"(?=[0-9 ]*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9 ]{0,9}[A-Za-z0-9])?"
_SENDER = 'a number such as "+4930901820", a short code, or a name of up to 11 letters, digits and blanks'


@cache
def regions() -> frozenset[str]:
    """Countries whose numbers are known."""
    return frozenset(SUPPORTED_REGIONS)


def read_quiet_hours(text: str) -> tuple[time, time]:
    """``"21:00-08:00"`` → from and to, in local time. Raises ValueError if it ends when it starts."""
    start, end = (time.fromisoformat(part) for part in text.split("-"))
    if start == end:
        raise ValueError(text)
    return start, end


SmsAddress = Annotated[
    str,
    Meta(
        pattern=rf"^(?:\+[1-9][0-9]{{6,14}}|[0-9]{{3,8}}|{_SENDER_NAME}){_END}",
        description=_SENDER,
    ),
]
QuietHours = Annotated[
    str,
    Meta(
        pattern=rf"^{_TIME}-{_TIME}{_END}",
        description='hours such as "21:00-08:00"',
        extra={"reads": read_quiet_hours},
    ),
]
Region = Annotated[str, Meta(extra={"among": regions, "kind": "country with known numbers"})]
Answer = Annotated[str, Meta(min_length=1, max_length=1000)]


class SmsEndpoint(Section, frozen=True, kw_only=True):
    """A number of ours. One of the tables ``twilio``, ``vonage``, ``messagebird`` and ``http`` says who carries it."""

    number: SmsAddress
    """What people write to and our messages come from. A name, such as "Example", cannot be answered."""
    name: Title = "SMS"
    """Shown to people."""
    default_region: Region | None = None
    """The country of numbers without a country code, by its two letters."""
    messages_per_s: Annotated[int, Meta(ge=1, le=1000)] = 1
    """How many messages a second the provider takes for this number."""
    quiet_hours: QuietHours | None = None
    """In these hours, by the clock at the recipient's, what we send waits; left out: never."""
    awake_s: Pause = 1800
    """For so long after a message of theirs nobody is disturbed by an answer: quiet hours do not hold it."""
    max_parts: Annotated[int, Meta(ge=1, le=20)] = 9
    """A longer text is not taken from the associate. Each part of 153 letters, or 67 with others than GSM 03.38's,
    is paid for."""
    plain_punctuation: bool = False
    """Typographic quotes, dashes and blanks become plain ones, where they alone would make a message of more parts."""
    stop_text: Answer | None = None
    """The answer to STOP. Left out: none, as where the provider answers itself."""
    start_text: Answer | None = None
    """The answer to START."""
    help_text: Answer | None = None
    """The answer to HELP."""
    twilio: Twilio | None = None
    """Carried by Twilio."""
    vonage: Vonage | None = None
    """Carried by Vonage."""
    messagebird: MessageBird | None = None
    """Carried by MessageBird."""
    http: HttpGateway | None = None
    """Carried by another gateway with an HTTP interface, which this describes."""

    @property
    def providers(self) -> dict[str, Twilio | Vonage | MessageBird | HttpGateway]:
        """Those that are given, by their key: one, in checked settings."""
        given = {"twilio": self.twilio, "vonage": self.vonage, "messagebird": self.messagebird, "http": self.http}
        return {key: provider for key, provider in given.items() if provider is not None}


class Sms(Section, frozen=True, kw_only=True):
    """SMS."""

    endpoints: dict[Slug, SmsEndpoint] = msgspec.field(default_factory=dict)
    """Each is a number of ours."""
    public_url: Origin | None = None
    """Where providers reach the daemon; left out: ``http.public_url``. Signatures are checked against it."""
    retry_for_s: Duration = 6 * 3600
    """For so long a message that the provider does not take yet is tried again."""


def check_sms(sms: Sms, public_url: str | None, report: Report) -> None:
    """What the types cannot say. ``public_url`` is ``http.public_url``, which ``sms.public_url`` replaces."""
    owners: dict[tuple[str, str, str], str] = {}
    for name, endpoint in sms.endpoints.items():
        where = ("sms", "endpoints", name)
        if len(endpoint.providers) != 1:
            given = " and ".join(endpoint.providers) or "none"
            sentence = f"needs one of the tables twilio, vonage, messagebird and http, and has {given}"
            report.error(where, sentence)
            continue
        ((kind, provider),) = endpoint.providers.items()
        other = owners.setdefault((kind, provider.account, endpoint.number), name)
        if other != name:
            report.error((*where, "number"), f"{endpoint.number} is the number of sms.endpoints.{other} already")
        if isinstance(provider, HttpGateway):
            _check_gateway(provider, (*where, kind), report)
        elif (sms.public_url or public_url) is None:
            sentence = "signs its webhooks with their address: set sms.public_url or http.public_url"
            report.error((*where, kind), sentence)
        if isinstance(provider, Twilio) and (provider.api_key_sid is None) != (provider.api_key_secret is None):
            report.error((*where, kind, "api_key_secret"), "goes together with api_key_sid")


def _check_gateway(gateway: HttpGateway, where: Where, report: Report) -> None:
    for name, template in gateway.fields.items():
        for place in unknown_places(template, FIELD_PLACES):
            sentence = f"{place} stands for nothing; a brace is written twice"
            report.unknown((*where, "fields", name), sentence, place.strip("{}"), FIELD_PLACES)
    verify = gateway.verify
    if verify.secret is None and verify.hmac_secret is None and not verify.networks:
        sentence = "needs a secret, an hmac_secret or networks: without one anybody could write as anybody"
        report.error((*where, "verify"), sentence)
    if gateway.auth in ("basic", "bearer") and gateway.password is None:
        report.error((*where, "password"), f'is missing, and auth = "{gateway.auth}" needs it')
    for name in gateway.fields if gateway.format == "json" else ():
        if any(other.startswith(f"{name}.") for other in gateway.fields):
            report.error((*where, "fields", name), "cannot be a value and hold others")
    if gateway.format == "json" and gateway.method == "GET":
        report.error((*where, "method"), 'must be "POST" where the format is "json"')
