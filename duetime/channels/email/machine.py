"""Whether a program wrote a mail, and whether a program may answer it.

What the structure and the headers say comes first: they mean what they say. Bounces of older servers say it in their
subject and text only; there evidence is counted, and somebody's mail about a bounce has none in its headers.
"""

import re
from typing import Final

import msgspec

from duetime.channels.email.addresses import Mailbox, read_addresses
from duetime.channels.email.bounce import STATUS_TYPES
from duetime.channels.email.headers import Headers
from duetime.channels.email.machine_words import (
    ANSWER,
    ANSWERED_OR_PASSED_ON,
    AUTO_REPLY_SUBJECT,
    BOUNCE_ADDRESS,
    DAEMON,
    DAEMON_NAME,
    FAILED_CODE,
    FAILED_SUBJECT,
    FAILED_TEXT,
    NEVER_ANSWER,
    STATUS_CODE,
    UNATTENDED,
)
from duetime.channels.email.mail import Machine
from duetime.channels.email.parts import Part

_SUBJECT_CHARS: Final = 300
_TEXT_CHARS: Final = 6000
_LISTS: Final = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "list-archive",
    "mailing-list",
    "x-mailing-list",
)
_RETURNED: Final = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
_AUTO_REPLIES: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-autoresponder",
    "x-apple-action",
)
_NOTIFICATION: Final = re.compile(r'\s*\{\s*"(?:notification|event)type"\s*:\s*"bounce"')
"""What Amazon SES sends by mail when asked to tell about bounces."""
_ENOUGH: Final = 4
"""Points that make a bounce."""


class Evidence(msgspec.Struct, frozen=True):
    """What tells who wrote a mail."""

    root: Part
    sender: Mailbox | None
    subject: str
    """The beginning of it in lower case; so is the text's."""
    text: str

    @property
    def headers(self) -> Headers:
        return self.root.headers

    def header(self, name: str) -> str:
        return self.headers.text(name).strip().lower()


def take_evidence(root: Part, sender: Mailbox | None, subject: str, text: str) -> Evidence:
    return Evidence(root, sender, subject[:_SUBJECT_CHARS].lower(), text[:_TEXT_CHARS].lower())


def recognise(evidence: Evidence) -> Machine:
    """Why a program wrote the mail, or that none did."""
    if _is_feedback(evidence):
        return Machine.FEEDBACK_REPORT
    submitted = evidence.header("auto-submitted").partition("(")[0].partition(";")[0].strip()
    if _is_report_of_delivery(evidence):
        return Machine.BOUNCE
    replies = AUTO_REPLY_SUBJECT.search(evidence.subject) is not None
    if not replies and _bounce_points(evidence, submitted) >= _ENOUGH:
        return Machine.BOUNCE
    if replies or submitted == "auto-replied" or any(name in evidence.headers for name in _AUTO_REPLIES):
        return Machine.AUTO_REPLY
    precedence = evidence.header("precedence")
    if precedence in ("auto_reply", "auto-reply"):
        return Machine.AUTO_REPLY
    if precedence in ("list", "bulk") or any(name in evidence.headers for name in _LISTS):
        return Machine.LIST
    if submitted in ("", "no") and not _is_from_nobody(evidence):
        return Machine.AUTO if precedence == "junk" else Machine.NONE
    answers = "in-reply-to" in evidence.headers or ANSWER.match(evidence.subject) is not None
    return Machine.AUTO_REPLY if answers else Machine.AUTO


def _is_from_nobody(evidence: Evidence) -> bool:
    return (
        evidence.root.headers.text("return-path").strip() == "<>"
        or evidence.header("x-auto-response-suppress") not in ("", "none")
        or _report_type(evidence.root) == "disposition-notification"
        or (evidence.sender is not None and DAEMON.fullmatch(evidence.sender.addr.partition("@")[0]) is not None)
    )


def _report_type(root: Part) -> str:
    return root.parameters.get("report-type", "").strip().lower()


def _is_feedback(evidence: Evidence) -> bool:
    if _report_type(evidence.root) == "feedback-report" or "x-hmxmroriginalrecipient" in evidence.headers:
        return True
    if evidence.subject.startswith(("complaint about message from ", "email feedback report for ")):
        return True
    # A mail program that unsubscribes for its user, which says the same as a complaint.
    if evidence.subject.strip() == "unsubscribe" and evidence.header("auto-submitted").startswith("auto"):
        return True
    return any(part.content_type == "message/feedback-report" for part in evidence.root.leaves())


def _is_report_of_delivery(evidence: Evidence) -> bool:
    if _report_type(evidence.root) == "delivery-status" or "x-failed-recipients" in evidence.headers:
        return True
    if _NOTIFICATION.match(evidence.text):
        return True
    return any(part.content_type in STATUS_TYPES for part in evidence.root.leaves())


def _bounce_points(evidence: Evidence, submitted: str) -> int:
    sender = _sender_points(evidence, submitted)
    failed = FAILED_SUBJECT.search(evidence.subject) is not None
    if not sender and (not failed or ANSWERED_OR_PASSED_ON.match(evidence.subject)):
        return 0
    text = evidence.text
    said = FAILED_TEXT.search(text) is not None
    if not sender:
        # Nothing in the headers: only what no person writes, under a subject of its own, counts.
        return 2 + said + (STATUS_CODE.search(text) is not None)
    code = STATUS_CODE.search(text) is not None or FAILED_CODE.search(text) is not None
    returned = any(part.content_type in _RETURNED for part in evidence.root.leaves())
    return sender + 2 * failed + said + code + returned


def _sender_points(evidence: Evidence, submitted: str) -> int:
    headers = evidence.headers
    local, name = "", headers.words("from").lower()
    if evidence.sender is not None:
        local, name = evidence.sender.addr.rpartition("@")[0].strip('"'), (evidence.sender.name or "").lower()
    points = 0
    if local.startswith("mailer-daemon") or (evidence.sender is None and DAEMON.search(name)):
        points = 3
    elif DAEMON.search(local) or DAEMON_NAME.search(name) or DAEMON_NAME.search(local):
        points = 2
    elif UNATTENDED.fullmatch(local) or (evidence.sender is None and headers.text("from").strip() == "<>"):
        points = 1
    returned = headers.text("return-path").strip().lower()
    if returned == "<>" or DAEMON.match(returned.strip("<>")):
        points += 1
    if submitted.startswith("auto") or "x-auto-response-suppress" in headers:
        points += 1
    recipients = read_addresses(headers.text("to")).mailboxes[:1]
    if any(BOUNCE_ADDRESS.fullmatch(mailbox.addr.rpartition("@")[0]) for mailbox in recipients):
        points += 1
    return points


def may_answer(machine: Machine, sender: Mailbox | None, headers: Headers) -> bool:
    """Whether an automatic answer is allowed (RFC 3834): never to programs, lists, or who cannot be answered."""
    if machine is not Machine.NONE or sender is None:
        return False
    if headers.text("auto-submitted").strip().lower() not in ("", "no") or headers.text("return-path").strip() == "<>":
        return False
    if headers.text("precedence").strip().lower() in ("bulk", "junk", "list"):
        return False
    if any(name.startswith("list-") for name in headers.names()):
        return False
    return NEVER_ANSWER.fullmatch(sender.addr.rpartition("@")[0]) is None
