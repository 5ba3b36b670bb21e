"""The one table of the API: every route with its roles."""

from typing import Final

from duetime.service.http import (
    associates,
    contacts,
    conversations,
    handling,
    messages,
    myself,
    queues,
    tokens,
)
from duetime.service.http.route import AnyRoute

ROUTES: Final[tuple[AnyRoute, ...]] = (
    *messages.ROUTES,
    *conversations.ROUTES,
    *handling.ROUTES,
    *contacts.ROUTES,
    *associates.ROUTES,
    *queues.ROUTES,
    *tokens.ROUTES,
    *myself.ROUTES,
)
