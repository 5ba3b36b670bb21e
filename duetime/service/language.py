"""Which language a message is written in, for messages that do not say."""

import asyncio
from functools import lru_cache
from pathlib import Path

from py3langid import langid

SURE = 0.5
"""Below this probability the language counts as unknown: a wrong guess would send the message to the wrong people."""
LETTERS_MIN, TEXT_MAX = 8, 2_000


@lru_cache(maxsize=1)
def _identifier() -> langid.LanguageIdentifier:
    return langid.LanguageIdentifier.from_modelpath(Path(langid.MODEL_DIR) / langid.MODEL_FILE, norm_probs=True)


async def warm_up() -> None:
    """Loads the model, which takes about a second, without holding up the event loop."""
    await asyncio.to_thread(_identifier)


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code, or None when the text is too short or not clear. Takes about 0.1 ms."""
    start = text[:TEXT_MAX]
    if sum(character.isalpha() for character in start) < LETTERS_MIN:
        return None
    language, probability = _identifier().classify(start)
    return str(language) if probability >= SURE else None
