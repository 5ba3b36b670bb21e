"""The routing configuration: check, difference, apply, versions, roll back."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from duetime.config.parse import TEXT_MAX_BYTES
from duetime.config.problems import Severity
from duetime.config.schema import json_schema
from duetime.queues.configs import ConfigVersion, VersionNote
from duetime.router.errors import NotFound, Stale
from duetime.service.changes import Applied, BrokenConfiguration, Difference, DocumentProblem
from duetime.service.http.fields import Cursor
from duetime.service.http.route import ADMINS, SUPERVISORS, AnyRoute, Call, IfMatch, Input, Nothing, Route, no_such

BODY_BYTES: Final = 3 * TEXT_MAX_BYTES
"""A document as JSON: its line ends and quotes take two characters each."""
VERSIONS_PAGE: Final = 50

Comment = Annotated[str, Meta(max_length=500)]


class DocumentIn(Input, frozen=True, kw_only=True):
    document: Annotated[str, Meta(max_length=TEXT_MAX_BYTES)]
    """The TOML text."""


class ApplyIn(DocumentIn, frozen=True, kw_only=True):
    comment: Comment = ""
    """Why, for whoever looks at the versions."""


class RollBackIn(Input, frozen=True, kw_only=True):
    version: Annotated[int, Meta(ge=1, le=2**53)]
    """The version whose document is applied again."""
    comment: Comment = ""
    """Why, for whoever looks at the versions."""


class VersionsIn(Input, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=VERSIONS_PAGE, description="At most so many.")] = 20


class VersionPage(msgspec.Struct, frozen=True, kw_only=True):
    versions: list[VersionNote]
    """Newest first."""
    cursor: str | None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a document."""

    usable: bool
    """It can be applied: what is said are warnings at most."""
    problems: list[DocumentProblem]


async def get_config(call: Call[Nothing]) -> ConfigVersion:
    return await call.parts.changes.current()


async def check_config(call: Call[DocumentIn]) -> Checked:
    problems = await call.parts.changes.check(call.input.document)
    return Checked(usable=all(problem.severity is Severity.WARNING for problem in problems), problems=problems)


async def diff_config(call: Call[DocumentIn]) -> Difference:
    return await call.parts.changes.difference(call.input.document)


async def apply_config(call: Call[ApplyIn]) -> Applied:
    asked = call.input
    return await call.parts.changes.apply(call.actor, asked.document, comment=asked.comment, expected=call.version)


async def roll_back_config(call: Call[RollBackIn]) -> Applied:
    asked = call.input
    return await call.parts.changes.roll_back(call.actor, asked.version, comment=asked.comment, expected=call.version)


async def list_config_versions(call: Call[VersionsIn]) -> VersionPage:
    cursor, limit = call.input.cursor, call.input.limit
    before = int(cursor) if cursor is not None and cursor.isdecimal() else None
    versions = await call.parts.changes.versions(before=before, limit=limit)
    last = versions[-1].version if len(versions) == limit else 1
    return VersionPage(versions=versions, cursor=str(last) if last > 1 else None)


async def get_config_version(call: Call[Nothing]) -> ConfigVersion:
    name = call.path["version"]
    if not name.isdecimal():
        raise no_such("version", name)
    return await call.parts.changes.version(int(name))


async def get_config_schema(call: Call[Nothing]) -> dict[str, Any]:
    return json_schema()


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/config",
        handler=get_config,
        takes=Nothing,
        gives=ConfigVersion,
        summary="The routing configuration in force, as the text that was applied.",
        roles=SUPERVISORS,
        refuses=(NotFound,),
        etag=lambda config: config.version,
    ),
    Route(
        method="PUT",
        path="/v1/config",
        handler=apply_config,
        takes=ApplyIn,
        gives=Applied,
        summary="Apply a document: a new version, in force on all daemons within a second.",
        roles=ADMINS,
        refuses=(BrokenConfiguration, NotFound, Stale),
        if_match=IfMatch.REQUIRED,
        etag=lambda applied: applied.version,
        body_bytes=BODY_BYTES,
    ),
    Route(
        method="POST",
        path="/v1/config/check",
        handler=check_config,
        takes=DocumentIn,
        gives=Checked,
        summary="All problems of a document, with their lines. Nothing is changed.",
        roles=SUPERVISORS,
        body_bytes=BODY_BYTES,
    ),
    Route(
        method="POST",
        path="/v1/config/diff",
        handler=diff_config,
        takes=DocumentIn,
        gives=Difference,
        summary="What a document would change, and what that would mean for what waits now. Nothing is changed.",
        roles=SUPERVISORS,
        refuses=(BrokenConfiguration, NotFound),
        body_bytes=BODY_BYTES,
    ),
    Route(
        method="POST",
        path="/v1/config/rollback",
        handler=roll_back_config,
        takes=RollBackIn,
        gives=Applied,
        summary="Apply the document of an earlier version again, as a new version.",
        roles=ADMINS,
        refuses=(BrokenConfiguration, NotFound, Stale),
        if_match=IfMatch.REQUIRED,
        etag=lambda applied: applied.version,
    ),
    Route(
        method="GET",
        path="/v1/config/versions",
        handler=list_config_versions,
        takes=VersionsIn,
        gives=VersionPage,
        summary="Who applied what, when, why, and what it changed.",
        roles=SUPERVISORS,
    ),
    Route(
        method="GET",
        path="/v1/config/versions/{version}",
        handler=get_config_version,
        takes=Nothing,
        gives=ConfigVersion,
        summary="One version, with its document.",
        roles=SUPERVISORS,
        refuses=(NotFound,),
    ),
    Route(
        method="GET",
        path="/v1/config/schema",
        handler=get_config_schema,
        takes=Nothing,
        gives=dict[str, Any],
        summary="The JSON Schema of the document, for editors.",
        roles=SUPERVISORS,
    ),
)
