"""The words by which people stop our messages, get them again, and ask for help.

Twilio's English ones (support article "Twilio support for opt-out keywords (SMS STOP filtering)"), to which Vonage's
and MessageBird's belong, and those of other languages. A message is such a word only if it holds nothing else: "Stop
sending me the blue ones" is for an associate.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

WORD_CHARS: Final = 40
"""A longer message is none."""


class Word(StrEnum):
    STOP = "stop"
    """No more messages from this number."""
    START = "start"
    """Messages again. Some of these words are answers as well, such as YES: it counts only from somebody who had
    stopped them."""
    HELP = "help"
    """Who are you?"""


_LANGUAGES: Final[dict[str, dict[Word, str]]] = {
    "en": {
        Word.STOP: "stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt out|opt-out",
        Word.START: "start|yes|unstop|subscribe|optin|opt in|opt-in",
        Word.HELP: "help|info",
    },
    "de": {Word.STOP: "stopp|abmelden|abbestellen", Word.START: "anmelden", Word.HELP: "hilfe"},
    "fr": {
        Word.STOP: "arret|arreter|stop sms|desabonner|desinscription|annuler|fin",
        Word.START: "commencer|demarrer|reprendre",
        Word.HELP: "aide",
    },
    "es": {
        Word.STOP: "parar|alto|baja|cancelar|detener",
        Word.START: "comenzar|empezar|iniciar|alta",
        Word.HELP: "ayuda",
    },
    "it": {Word.STOP: "ferma|annulla|disiscriviti", Word.START: "inizia|riprendi|iscriviti", Word.HELP: "aiuto"},
    "pt": {
        Word.STOP: "pare|sair|remover|cancelar|descadastrar",
        Word.START: "comecar|voltar|iniciar",
        Word.HELP: "ajuda",
    },
    "nl": {Word.STOP: "uit|afmelden|stoppen", Word.START: "aan|aanmelden", Word.HELP: "hulp"},
    "pl": {Word.STOP: "koniec|rezygnuje|wypisz", Word.START: "wznow", Word.HELP: "pomoc"},
    "ar": {Word.STOP: "توقف|إيقاف|الغاء", Word.START: "ابدأ|اشترك", Word.HELP: "مساعدة"},
}
"""Language → word → its forms in it. Case and accents play no part."""
_EDGE: Final = re.compile(r"^[\W_]+|[\W_]+$")


def _plain(text: str) -> str:
    """Without case, accents, doubled blanks and what stands around the words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate({ord("ł"): "l"}))
    letters = "".join(char for char in decomposed if not unicodedata.category(char).startswith(("M", "Cf")))
    return " ".join(_EDGE.sub("", letters).split())


_WORDS: Final[dict[str, Word]] = {
    _plain(form): word
    for language in _LANGUAGES.values()
    for word, forms in language.items()
    for form in forms.split("|")
}


def read_word(text: str) -> Word | None:
    """The word that is all of this message. START counts only where its sender had stopped: see `Word.START`."""
    return None if len(text) > WORD_CHARS else _WORDS.get(_plain(text))
