"""The one table of the API: every route with its roles."""

from typing import Final

from duetime.service.http import (
    associates,
    attachments,
    config,
    contacts,
    conversations,
    endpoints,
    explain,
    handling,
    messages,
    myself,
    queues,
    sms,
    tokens,
)
from duetime.service.http.route import AnyRoute

ROUTES: Final[tuple[AnyRoute, ...]] = (
    *messages.ROUTES,
    *conversations.ROUTES,
    *attachments.ROUTES,
    *endpoints.ROUTES,
    *sms.ROUTES,
    *handling.ROUTES,
    *explain.ROUTES,
    *contacts.ROUTES,
    *associates.ROUTES,
    *queues.ROUTES,
    *config.ROUTES,
    *tokens.ROUTES,
    *myself.ROUTES,
)
