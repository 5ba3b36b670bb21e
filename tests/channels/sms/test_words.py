"""STOP, START and HELP are known alone, in many languages, and never within a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.sms.words import Word, read_word


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        *("stop", " Stop. ", "STOP!!!", "“stop”", "stop\n", "Stop all", "opt-out", "ＳＴＯＰ", "s\u200btop"),
        *(
            "STOPP",
            "Abmelden",
            "ARRÊT",
            "Arret",
            "arrêt.",
            "Désabonner",
            "PARAR",
            "alto",
            "Baja",
            "¡BAJA!",
            "PARE",
            "sair",
        ),
        *("ferma", "afmelden", "koniec", "إيقاف"),
    ],
)
def test_a_word_alone_stops(text: str) -> None:
    assert read_word(text) is Word.STOP


@pytest.mark.parametrize("text", ["START", "YES", "UNSTOP", "yes", "Começar", "anmelden", "wznów", "comenzar"])
def test_a_word_alone_starts(text: str) -> None:
    assert read_word(text) is Word.START


@pytest.mark.parametrize("text", ["HELP", "INFO", "help?", "Hilfe!", "aide", "¿ayuda?", "aiuto", "AJUDA", "مساعدة"])
def test_a_word_alone_asks_for_help(text: str) -> None:
    assert read_word(text) is Word.HELP


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop sending me the blue ones",
            "please stop",
            "don't stop",
            "STOP STOP",
            "bus stop",
            "stopped",
            "yes please",
        ),
        *("Ende gut", "help me", "", " ", "?", "unsubscribe me", "STOP\nor not", "s" * 10_000, "\x00"),
    ],
)
def test_anything_else_is_for_an_associate(text: str) -> None:
    assert read_word(text) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert read_word(text) in (None, Word.STOP, Word.START, Word.HELP)
