"""What all sections of the settings are made of."""

import ipaddress
from typing import Annotated

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65_535)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Bytes = Annotated[int, Meta(ge=1024, le=64 * 1024 * 1024)]

Network = Annotated[
    str,
    Meta(description="an IP address or a network such as 10.0.0.0/8", extra={"reads": ipaddress.ip_network}),
]


Secret = Annotated[str, Meta(min_length=1, max_length=4096, extra={"secret": True})]
SECRETS = frozenset(
    {
        "access_key",
        "api_key_secret",
        "api_secret",
        "auth_token",
        "client_secret",
        "hmac_secret",
        "identity_secret",
        "password",
        "private_key",
        "refresh_token",
        "secret",
        "signature_secret",
        "signing_key",
    }
)
"""The keys that hold one."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings."""

    def __repr__(self) -> str:
        """Without its secrets, for logs."""
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = (f"{name}={'***' if name in SECRETS and value else repr(value)}" for name, value in values)
        return f"{type(self).__name__}({', '.join(shown)})"
