"""Vonage's codes as sentences.

Sources, at https://developer.vonage.com: "Delivery receipts" and "Troubleshooting SMS" (messaging/sms/guides), and
"Messaging opted-out numbers" (opt-out-assist/guides).
"""

from typing import Final

FAILED: Final = {
    "1": "The network could not deliver it, and does not say why.",
    "2": "The phone cannot be reached, it may be off.",
    "3": "The number is no longer in service.",
    "4": "The recipient blocks messages.",
    "5": "The number moved to another network, and could not be found there.",
    "6": "The network took the message for spam.",
    "7": "The phone was busy.",
    "8": "The network had a fault.",
    "9": "The recipient opted out of messages from this number.",
    "10": "The message is not valid for the network.",
    "11": "No network leads to the number.",
    "12": "The number's network cannot be reached.",
    "13": "The network does not deliver it to a person of this age.",
    "14": "The network blocks our number, or the recipient does.",
    "15": "The recipient's prepaid credit is used up.",
}
"""By a receipt's ``err-code``."""

OPTED_OUT: Final = "9"

REFUSED: Final = {
    "3": "Vonage takes a value of the message for wrong, such as the number.",
    "6": "Vonage cannot send to this number.",
    "7": "Vonage sends nothing to this number: it is barred.",
    "12": "The text is too long.",
    "33": "The number is not in service.",
}
"""By the ``status`` of the answer: the message's own fault."""

SETTINGS: Final = {
    "1": "Vonage takes no more messages in this second.",
    "4": "Vonage does not accept the account's key and secret.",
    "5": "Vonage had a fault.",
    "8": "The account at Vonage is suspended.",
    "9": "The account at Vonage has too little credit.",
    "10": "Vonage has too many connections of this account.",
    "11": "The account at Vonage may not send by HTTP.",
    "14": "Vonage does not accept the account's signature.",
    "15": "Vonage does not take our number or name as a sender to this country.",
    "23": "Vonage does not take the address for its receipts: see sms.public_url.",
    "29": "A trial account sends to the numbers on its list only.",
    "32": "Vonage wants either a secret or a signature.",
}
"""Not the message's fault."""
