"""Refusals as HTTP answers: ``application/problem+json`` of RFC 9457, in one place.

``code`` is what programs read; ``type`` is the same as a URI. Facts about a refusal stand beside them as
members of their own.
"""

import math
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web
from multidict import CIMultiDict

from duetime.router import errors
from duetime.router.errors import Refusal

RETRY_AFTER_S: Final = 1
"""When to come back after a 503: a Redis that restarts and a daemon that is replaced take about that long."""

SECURITY_HEADERS: Final = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Malformed(Refusal):
    """The body is not JSON, or not even complete."""

    code, title = "malformed", "The body cannot be read"


class UnknownPath(Refusal):
    code, title = "unknown_path", "There is nothing at this path"


class MethodNotAllowed(Refusal):
    code, title = "method_not_allowed", "The path does not take this method"


class UnsupportedMedia(Refusal):
    code, title = "unsupported_media_type", "The body is not JSON"


class VersionNeeded(Refusal):
    code, title = "version_needed", "Say which version you are changing"


class InternalError(Refusal):
    code, title = "internal_error", "Something went wrong here"


STATUS: Final[dict[type[Refusal], HTTPStatus]] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    UnknownPath: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.ConversationClosed: HTTPStatus.CONFLICT,
    errors.Full: HTTPStatus.CONFLICT,
    errors.OfferGone: HTTPStatus.CONFLICT,
    errors.Stale: HTTPStatus.PRECONDITION_FAILED,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.RefusedType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    VersionNeeded: HTTPStatus.PRECONDITION_REQUIRED,
    errors.TooManyConnections: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.NotReady: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused, as ``application/problem+json``. Some codes bring further members."""

    type: str
    title: str
    status: int
    detail: str
    """What was wrong and what to do, for a person."""
    code: str
    """What was wrong, for a program. Never changes."""


def status_of(refusal: type[Refusal]) -> HTTPStatus:
    """The status of a refusal; a subclass has its parent's."""
    return next(STATUS[cls] for cls in refusal.__mro__ if cls in STATUS)


def problem(refusal: Refusal) -> web.Response:
    """The answer to a request that was refused."""
    status = status_of(type(refusal))
    body: dict[str, Any] = {
        "type": f"urn:duetime:problem:{refusal.code}",
        "title": refusal.title,
        "status": status.value,
        "detail": refusal.detail,
        "code": refusal.code,
    }
    for name, fact in refusal.about.items():
        if fact is not None:
            body.setdefault(name, fact)
    headers = CIMultiDict(SECURITY_HEADERS)
    headers[hdrs.CONTENT_TYPE] = "application/problem+json"
    if status is HTTPStatus.UNAUTHORIZED:
        headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="duetime"'
    elif isinstance(refusal, errors.TooMany):
        headers[hdrs.RETRY_AFTER] = str(math.ceil(refusal.retry_after_s))
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER_S)
    elif isinstance(refusal, MethodNotAllowed):
        headers[hdrs.ALLOW] = ", ".join(str(method) for method in _listed(refusal.about.get("allowed")))
    return web.Response(status=status.value, body=msgspec.json.encode(body), headers=headers)


def _listed(fact: str | int | list[str] | None) -> list[str]:
    return fact if isinstance(fact, list) else []
