"""The accounts at SMS providers that we have adapters for."""

from typing import Annotated, Literal

from msgspec import Meta

from duetime.config.fields import Duration
from duetime.config.section import Secret, Section

_END = r"(?![\s\S])"
ApiUrl = Annotated[
    str,
    Meta(
        pattern=rf"^https?://[^\s?#]+[^\s?#/]{_END}",
        max_length=500,
        description="a URL such as https://api.example.com, without a slash at its end",
    ),
]
Key = Annotated[str, Meta(pattern=rf"^[A-Za-z0-9_-]{{1,100}}{_END}", description="a key as the provider shows it")]


class Twilio(Section, frozen=True, kw_only=True):
    """An account at Twilio."""

    account_sid: Key
    """Which one: begins with ``AC``."""
    auth_token: Secret
    """Signs its webhooks, and our requests unless there is an API key."""
    api_key_sid: Key | None = None
    """An API key for our requests: begins with ``SK``."""
    api_key_secret: Secret | None = None
    """Its secret."""
    messaging_service_sid: Key | None = None
    """Send as part of this messaging service, from the endpoint's number: begins with ``MG``."""
    api_url: ApiUrl = "https://api.twilio.com"
    """Where its API is."""

    @property
    def account(self) -> str:
        return self.account_sid


class Vonage(Section, frozen=True, kw_only=True):
    """An account at Vonage, with its SMS API."""

    api_key: Key
    """Which one."""
    api_secret: Secret
    """Signs in our requests."""
    signature_secret: Secret
    """Signs its webhooks."""
    signature: Literal["md5hash", "md5", "sha1", "sha256", "sha512", "jwt"] = "sha256"
    """How: ``md5hash`` is the account's default until another method is set, ``jwt`` is that of the Messages API."""
    signature_age_s: Duration = 86_400
    """How old a signature may be. Vonage resends a webhook for a day, and does not say that it signs it anew."""
    api_url: ApiUrl = "https://rest.nexmo.com"
    """Where its API is."""

    @property
    def account(self) -> str:
        return self.api_key


class MessageBird(Section, frozen=True, kw_only=True):
    """An account at MessageBird."""

    access_key: Secret
    """Signs in our requests."""
    signing_key: Secret
    """Signs its webhooks."""
    api_url: ApiUrl = "https://rest.messagebird.com"
    """Where its API is."""

    @property
    def account(self) -> str:
        return self.access_key
