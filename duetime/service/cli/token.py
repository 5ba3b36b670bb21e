"""`duetime token`: make, list and revoke API tokens."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich.table import Column, Table

from duetime.router.errors import Invalid, Refusal
from duetime.router.ids import is_id
from duetime.service.access import Role, Scope
from duetime.service.cli.client import connected
from duetime.service.cli.direct import direct_store
from duetime.service.cli.exits import EXIT_CODES, Refused
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import Span, console, echo_json, now_ms, one_line
from duetime.service.http.tokens import TokenIn, TokenMade, TokenShown, make_token


@click.group(epilog=EXIT_CODES)
def token() -> None:
    """Make, list and revoke API tokens.

    \b
    Roles:
      associate    answers at a desk
      supervisor   sees and moves every conversation, changes presence and skills
      admin        everything
      integration  a program; may do what its scopes say
    """


@token.command(epilog=EXIT_CODES)
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--associate", metavar="NAME", help="Whose token it is; needed for the role associate.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What an integration may do; may repeat.",
)
@click.option("--label", metavar="TEXT", help="What it is for, to find it again.")
@click.option("--expires", "expires_s", type=Span(), metavar="DURATION", help="Such as 30d. Default: a year.")
@click.option("--direct", is_flag=True, help="Straight into the Redis of the settings: the first token of all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@place_options
@pass_place
def create(
    place: Place,
    /,
    role: str,
    scopes: tuple[str, ...],
    expires_s: int | None,
    direct: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Make a token for ROLE. Its text is printed once and stored nowhere.

    Needs an admin's token, or --direct on a machine that reaches the Redis.

    \b
    Examples:
      duetime token create associate --associate ana --expires 30d
      duetime token create integration --scope messages:write --scope conversations:read --label shop
      DUETIME_TOKEN=$(duetime token create admin --direct --json | jq -r .token)
    """
    body = {"role": role, **{name: value for name, value in fields.items() if value is not None}}
    if scopes:
        body["scopes"] = list(scopes)
    if expires_s is not None:
        body["expires_at"] = now_ms() + 1000 * expires_s
    made = asyncio.run(_create_direct(place, body) if direct else _create(place, body))
    if as_json:
        echo_json(made)
        return
    click.echo(made.token)
    click.echo(f"{made.id}, good until {_day(made.expires_at)}. It is not shown again.", err=True)


async def _create(place: Place, body: dict[str, Any]) -> TokenMade:
    async with connected(place.base_url(), place.admin_token()) as client:
        return await client.post("/v1/tokens", TokenMade, body)


async def _create_direct(place: Place, body: dict[str, Any]) -> TokenMade:
    async with direct_store(place.settings()) as store:
        try:
            return await make_token(store, msgspec.convert(body, TokenIn))
        except Refusal as refusal:
            raise Refused(refusal.detail, refusal.code) from refusal
        except msgspec.ValidationError as error:
            raise Refused(f"{error}.", Invalid.code) from error


@token.command("list", epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@place_options
@pass_place
def list_tokens(place: Place, as_json: bool) -> None:
    """List every token, without secrets.

    \b
    Examples:
      duetime token list
      duetime token list --json | jq '.[] | select(.role == "admin") | .id'
    """
    tokens = asyncio.run(_list(place))
    if as_json:
        echo_json(tokens)
        return
    table = Table(Column("Id", no_wrap=True), Column("Role", no_wrap=True), "Whose, what for", "Made", "Good until")
    for shown in sorted(tokens, key=lambda shown: shown.created_at):
        about = (shown.associate or "", one_line(shown.label, 40), " ".join(shown.scopes))
        table.add_row(
            shown.id,
            shown.role,
            "\n".join(filter(None, about)),
            _day(shown.created_at),
            _day(shown.expires_at),
        )
    console().print(table)


async def _list(place: Place) -> list[TokenShown]:
    async with connected(place.base_url(), place.admin_token()) as client:
        return await client.get("/v1/tokens", list[TokenShown])


@token.command(epilog=EXIT_CODES)
@click.argument("token_id", metavar="ID")
@place_options
@pass_place
def revoke(place: Place, token_id: str) -> None:
    """Revoke the token with this ID at once.

    Desks that it opened are disconnected. Their associates go offline after the grace for reconnecting.

    \b
    Example:
      duetime token revoke tk_01c8...
    """
    if not is_id("tk", token_id):
        raise click.UsageError("An ID is tk_ and 20 characters: `duetime token list` shows it.")
    asyncio.run(_revoke(place, token_id))
    click.echo(f"{token_id} is revoked.", err=True)


async def _revoke(place: Place, token_id: str) -> None:
    async with connected(place.base_url(), place.admin_token()) as client:
        await client.call("DELETE", f"/v1/tokens/{token_id}", type(None))


def _day(at: int | None) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d") if at else "for ever"
