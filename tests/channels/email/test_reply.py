"""The reply in a text, in the languages and habits of mail programs, in time that grows with the text alone."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.reply import trim_reply
from tests.channels.email.letters import read

REPLY = "Thank you, that works.\n\nMia"


@pytest.mark.parametrize(
    "above",
    [
        "On Mon, Nov 23, 2026 at 10:00 AM Ana Ruiz <ana@example.com> wrote:",
        "On Mon, Nov 23, 2026 at 10:00 AM Ana Ruiz <\nana@example.com> wrote:",
        "On Mon, Nov 23, 2026 at 10:00 AM Ana Ruiz\n<ana@example.com>\nwrote:",
        "Am 23.11.2026 um 10:00 schrieb Ana Ruiz:",
        "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Ana Ruiz <ana@example.com>:",
        "Le lun. 23 nov. 2026 à 10:00, Ana Ruiz <ana@example.com> a écrit :",
        "Op ma 23 nov 2026 om 10:00 schreef Ana Ruiz <ana@example.com>:",
        "El lun, 23 nov 2026 a las 10:00, Ana Ruiz (<ana@example.com>) escribió:",
        "Il giorno lun 23 nov 2026 alle ore 10:00 Ana Ruiz <ana@example.com> ha\nscritto:",
        "Em seg., 23 de nov. de 2026 às 10:00, Ana Ruiz <ana@example.com>\nescreveu:",
        "Den mån 23 nov. 2026 kl 10:00 skrev Ana Ruiz <ana@example.com>:",
        "man. 23. nov. 2026 kl. 10:00 skrev Ana Ruiz <ana@example.com>:",
        "pon., 23 lis 2026 o 10:00 Ana Ruiz <ana@example.com> napisał(a):",
        "пн, 23 нояб. 2026 г. в 10:00, Ana Ruiz <ana@example.com>:",
        "ma 23. marrask. 2026 klo 10.00 Ana Ruiz (ana@example.com) kirjoitti:",
        "23 Kas 2026 Pzt 10:00 tarihinde Ana Ruiz <ana@example.com> yazdı:",
        "Ana Ruiz <ana@example.com> 于2026年11月23日周一 10:00写道:",
        "2026年11月23日(月) 10:00 Ana Ruiz <ana@example.com>:",
        "-----Original Message-----\nFrom: Ana",
        "----- Ursprüngliche Nachricht -----",
        "________________________________\nFrom: Ana Ruiz <ana@example.com>\nSent: Monday\nTo: Mia\nSubject: Order",
        "Von: Ana Ruiz <ana@example.com>\nGesendet: Montag, 23. November 2026 10:00\nAn: Mia\nBetreff: Order",
        "De : Ana Ruiz <ana@example.com>\nEnvoyé : lundi 23 novembre 2026 10:00\nÀ : Mia\nObjet : Order",
        "De: Ana Ruiz <ana@example.com>\nEnviado el: lunes, 23 de noviembre\nPara: Mia\nAsunto: Order",
        "*From:* Ana Ruiz <ana@example.com>\n*Date:* Monday\n*To:* Mia\n*Subject:* Order",
        "发件人: Ana <ana@example.com>\n发送时间: 2026年11月23日\n收件人: Mia\n主题: Order",
        "Sent from my phone",
        "Von meinem iPhone gesendet",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "-- \nMia Ruiz, Example Ltd",
    ],
)
def test_what_stands_below_the_reply_is_no_part_of_it(above: str) -> None:
    assert trim_reply(f"{REPLY}\n\n{above}\n\nYour order is on its way.\n") == REPLY


@pytest.mark.parametrize(
    "text",
    [
        "Please call me.\nOn Monday I am away.",
        "From: Berlin\nTo: Munich\nDate: 5 May\n\nCan I book this?",
        "Date: Wednesday 3 October 2026\nTime: 7:00\nAddress: 130 Fox St",
        "She wrote:\nno",
        "My number is 4711:\n> a symbol\nand on it goes",
        "I paid at 10:30:\nno answer",
        "FYI\n\n---------- Forwarded message ----------\nFrom: a@b.c\nSubject: x\n\nText",
        "Sent from which address? I cannot see.",
        "> quoted",
        "",
    ],
)
def test_a_text_that_quotes_nothing_is_the_reply(text: str) -> None:
    assert trim_reply(text) == text


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("On 1/2/2026 10:00, Ana wrote:\n> Hi\n> there\n\nBelow it.", "Below it."),
        ("> Hi\n> there\n\nBelow it.", "Below it."),
        ("Above it.\n\n> Hi\n> there", "Above it."),
        ("Above.\n\nOn 1/2/2026 10:00, Ana wrote:\n> Hi\n> there\n\nBelow.", "Above.\n\n\nBelow."),
        ("Above.\n\nOn 1/2/2026 10:00, Ana wrote:\n> a line that was\nbroken\n> by a program", "Above."),
        ("Yes. On Wed, Apr 4, 2026 at 3:59 PM, ana@example.com wrote:\n> Hi", "Yes."),
    ],
)
def test_replies_above_below_and_around_the_quote_are_found(text: str, reply: str) -> None:
    assert trim_reply(text) == reply


def test_the_full_text_is_kept_beside_the_reply() -> None:
    mail = read(body="Yes.\r\n\r\nOn 1/2/2026 10:00, Ana wrote:\r\n> Really?\r\n")
    assert (mail.reply_text, mail.text) == ("Yes.", "Yes.\n\nOn 1/2/2026 10:00, Ana wrote:\n> Really?")


def test_the_quote_of_a_page_is_found() -> None:
    page = "<div>Yes.</div><div>On 1/2/2026 10:00, Ana wrote:<blockquote>Really?</blockquote></div>"
    assert read("Content-Type: text/html", body=page).reply_text == "Yes."


_PIECES = st.sampled_from(
    [
        "On",
        "wrote:",
        "> ",
        ">",
        "\n",
        "a@b.c",
        "<a@b.c>",
        "10:00",
        "2026",
        "From: ",
        "Sent: ",
        "Subject: ",
        "--",
        "-----",
        "Original Message",
        ":",
        "x",
        " ",
        "1/2/2026",
    ]
)


@given(st.lists(_PIECES, max_size=60).map("".join))
def test_a_reply_is_made_of_lines_of_the_text(text: str) -> None:
    lines = {line.strip() for line in text.split("\n")}
    reply = trim_reply(text)
    assert bool(reply) == bool(text.strip())
    # A line that reply and attribution share is there in part.
    assert all(any(line.strip() in whole for whole in lines) for line in reply.split("\n"))


_HOSTILE = """
from duetime.channels.email.limits import REPLY_CHARS, REPLY_LINES
from duetime.channels.email.reply import trim_reply

lines = ("> a|b", "From: x", "On 1:00 wrote", "a:", "From: a@b.c " * 4, "On " * 16 + "1:00 x:", "a 1:00 b@c.d>",
         "On 1 " * 9 + "1:00 a@b.c>")
for piece in ("On ", ">", " ", "-", "a@", "1:", "Le 1 ", "\\n", *(line.replace("|", "\\n") + "\\n" for line in lines)):
    often = REPLY_CHARS // len(piece)
    if "\\n" in piece:
        often = min(often, REPLY_LINES // piece.count("\\n"))
    assert trim_reply("x\\n" + piece * (often - 4) + "\\ny")
print("done")
"""


def test_hostile_text_takes_no_longer_than_its_length_asks_for() -> None:
    ended = subprocess.run([sys.executable, "-c", _HOSTILE], capture_output=True, text=True, timeout=120, check=False)
    assert ended.stdout == "done\n", ended.stderr
