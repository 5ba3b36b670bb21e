"""`duetime send`: one message through the API, and the answer to it."""

import asyncio
import contextlib
import secrets
import sys
from typing import Any

import click

from duetime.queues.records import Accepted
from duetime.router.message import TEXT_LIMIT, Author, Kind, Message
from duetime.service.cli.client import Client, connected
from duetime.service.cli.exits import EXIT_CODES, Refused, Unreachable
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import Span, clean, echo_json

_POLL_S = 0.5


@click.command(epilog=EXIT_CODES)
@click.argument("text")
@click.option(
    "--from",
    "address",
    default="customer",
    show_default=True,
    metavar="ADDRESS",
    help="Who writes: the same for the same person.",
)
@click.option("--name", metavar="NAME", help="What the person is called.")
@click.option("--subject", metavar="TEXT")
@click.option("--language", metavar="TAG", help="Such as de or pt-BR.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="A fact for triage; may repeat.")
@click.option("--endpoint", metavar="NAME", help="Which of our addresses it comes to. Default: default.")
@click.option("--conversation", metavar="ID", help="Continue this conversation.")
@click.option("--key", metavar="KEY", help="The idempotency key: the same key twice is one message.")
@click.option("--wait", is_flag=True, help="Wait for the answer and print it.")
@click.option("--timeout", "timeout_s", type=Span(), default="10m", show_default=True, help="How long to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@place_options
@pass_place
def send(place: Place, /, text: str, wait: bool, timeout_s: int, as_json: bool, **fields: Any) -> None:
    """Send TEXT as a message from a contact.

    The text - is read from the standard input. Prints the ids of the conversation and the message. With
    --wait it also prints what the associate answers, and ends with exit code 1 if nobody does in time.
    Needs the token of an integration.

    \b
    Examples:
      duetime send "Where is my order?" --from customer-17
      duetime send "Wo ist meine Bestellung?" --from customer-17 --language de --attribute plan=vip --wait
      duetime send - --from customer-17 --json < message.txt
    """
    if text == "-":
        text = sys.stdin.read(TEXT_LIMIT + 1)
    key = fields.pop("key") or f"cli-{secrets.token_hex(12)}"
    asyncio.run(_send(place, _body(text, **fields), key, timeout_s if wait else None, as_json))


def _body(text: str, *, address: str, name: str | None, attributes: tuple[str, ...], **rest: Any) -> dict[str, Any]:
    pairs = [pair.partition("=") for pair in attributes]
    for given, (attribute, equals, _) in zip(attributes, pairs, strict=True):
        if not attribute or not equals:
            raise click.UsageError(f"--attribute {given}: write it as NAME=VALUE.")
    sender = {"address": address, "name": name}
    fields = {"attributes": {attribute: value for attribute, _, value in pairs}, **rest}
    return {
        "text": text,
        "sender": {field: value for field, value in sender.items() if value is not None},
        **{field: value for field, value in fields.items() if value},
    }


async def _send(place: Place, body: dict[str, Any], key: str, timeout_s: int | None, as_json: bool) -> None:
    async with connected(place.base_url(), place.integration_token()) as client:
        accepted = await client.post("/v1/messages", Accepted, body, **{"Idempotency-Key": key})
        if not as_json:
            _tell(accepted)
        answer = await _answer(client, accepted, timeout_s) if timeout_s is not None else None
    if as_json:
        echo_json(accepted if answer is None else {"accepted": accepted, "answer": answer})
    elif answer is not None:
        click.echo(f"{clean(answer.name or answer.associate or 'Answer')}: {clean(answer.text)}")


def _tell(accepted: Accepted) -> None:
    what = "was here before" if accepted.duplicate else "opened" if accepted.opened else "joined"
    click.echo(f"conversation {accepted.conversation} ({what}), message {accepted.message}, number {accepted.number}")


async def _answer(client: Client, accepted: Accepted, timeout_s: int) -> Message:
    """The first message of an associate after the accepted one. Raises Refused when none comes in time."""
    path, after = f"/v1/conversations/{accepted.conversation}/messages", accepted.number
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                # A daemon that restarts meanwhile is no reason to give up.
                with contextlib.suppress(Unreachable):
                    for message in await client.get(path, list[Message], after=after):
                        if message.author is Author.ASSOCIATE and message.kind is Kind.MESSAGE:
                            return message
                        after = message.number
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise Refused(
            f"Nobody answered within {timeout_s} s. The conversation {accepted.conversation} stays open.",
            "no_answer",
        ) from error
