"""Twilio's error codes as sentences (https://www.twilio.com/docs/api/errors)."""

from typing import Final

OPTED_OUT: Final = 21610

REFUSED: Final = {
    21211: "The number does not exist.",
    21265: "The number is a short code, which takes no messages.",
    21266: "It would go to the number that it comes from.",
    21407: "The number takes no messages of this kind.",
    21602: "A message without text or files cannot be sent.",
    21604: "There is no number to send it to.",
    OPTED_OUT: "The recipient opted out of messages from this number.",
    21612: "No message can go from our number to this one.",
    21614: "The number is no mobile number.",
    21617: "The text is longer than 1600 characters.",
    21620: "The address of a file is not valid.",
    21623: "It has more than ten files.",
    21635: "The number is that of a landline.",
    30019: "A file is too large.",
}
"""The message's own fault: it will never be taken."""

SETTINGS: Final = {
    20003: "Twilio does not accept the account's credentials.",
    20005: "The account at Twilio is not active.",
    20404: "Twilio does not know the account.",
    20429: "Twilio takes no more requests now.",
    21212: "Our number is not valid.",
    21408: "The account may not send to this country: allow it at Twilio.",
    21603: "Our number is missing.",
    21606: "Our number is not one of the account's that can send.",
    21608: "A trial account sends to verified numbers only.",
    21609: "Twilio does not take the address for its receipts: see sms.public_url.",
    21611: "Too many messages wait at Twilio for our number.",
    21659: "Our number is not one of Twilio's.",
    21660: "Our number belongs to another account.",
    21661: "Our number cannot send SMS.",
    21701: "Twilio does not know the messaging service.",
    21703: "The messaging service has no number.",
    21705: "Twilio does not know the messaging service.",
    21712: "Our number is not part of the messaging service.",
    30002: "The account at Twilio is suspended.",
    30034: "Our number is not registered for messages to the United States.",
    63038: "The account has sent as many messages as it may in a day.",
}
"""Not the message's fault: it is tried again, and goes when this is put right."""

FAILED: Final = {
    30001: "Too many messages waited at Twilio.",
    30003: "The phone cannot be reached, it may be off.",
    30004: "The recipient or the network blocks the message.",
    30005: "The number is unknown, or no longer in service.",
    30006: "The number is a landline, or its network cannot be reached.",
    30007: "The network took the message for spam.",
    30008: "The network could not deliver it, and does not say why.",
    30010: "It would have cost more than allowed.",
    30032: "Our toll-free number is not verified.",
    30410: "The network did not answer in time.",
    30500: "Twilio had a fault.",
}
"""What receipts say beside the codes above."""
