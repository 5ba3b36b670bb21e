"""What mail programs write above a quoted mail and below one's own text, in the languages they speak."""

import re
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|"))


_WROTE: Final = _words(
    """wrote|writes|sent|schrieb|geschrieben|schreef|geschreven|écrit|escribió|escreveu|ha scritto|scritto|skrev
    |kirjoitti|napisał|napisał(a)|napisała|napsal|napsal(a)|napísal|írta|scris|đã viết|yazdı|пишет|писал|писал(а)
    |написал|написала|написал(а)|пише|написав|έγραψε|כתב|כתב/ה|كتب"""
)
_WROTE_WITHIN: Final = _words("写道|寫道|のメール|書きました|작성")
"""In scripts that put no blanks between words."""
_ORIGINAL: Final = _words(
    """original message|reply message|original email|original appointment|message d'origine|message original
    |message initial|ursprüngliche nachricht|antwort nachricht|originalnachricht|original-nachricht
    |oprindelig meddelelse|oprindelig besked|mensaje original|mensagem original|messaggio originale
    |oorspronkelijk bericht|oorspronkelijk e-mailbericht|ursprungligt meddelande|opprinnelig melding
    |alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|pôvodná správa|eredeti üzenet
    |mesaj original|orijinal mesaj|исходное сообщение|оригинальное сообщение|αρχικό μήνυμα|原始邮件|原始郵件
    |元のメッセージ|원본 메시지"""
)
_FORWARDED: Final = _words(
    """forwarded message|forwarded by|begin forwarded message|weitergeleitete nachricht
    |anfang der weitergeleiteten nachricht|message transféré|début du message réexpédié|mensaje reenviado
    |messaggio inoltrato|inizio messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht
    |begin doorgestuurd bericht|vidarebefordrat meddelande|videresendt besked|videresendt melding|välitetty viesti
    |wiadomość przekazana|пересылаемое сообщение|přeposlaná zpráva|továbbított üzenet|转发的邮件"""
)
_OPENERS: Final = _words("On|Am|Le|El|Op|Il|Em|Den|På|W dniu|Dnia|In data|Dne|Pe|La|Vào|Στις|Vom|Het|A")
_HEADERS: Final = {
    "from": _words(
        """from|von|de|da|van|från|fra|lähettäjä|od|feladó|kimden|от|от кого|发件人|寄件者|差出人|보낸 사람
        |od kogo|expeditor"""
    ),
    "date": _words(
        """sent|date|gesendet|datum|envoyé|envoyé le|message du|enviado|enviado el|fecha|data|inviato|verzonden|skickat
        |sendt|dato|lähetetty|päivämäärä|wysłano|odesláno|elküldve|gönderme tarihi|tarih|отправлено|дата|发送时间|日付
        |送信日時|보낸 날짜|enviada em|enviado em|sent at|trimis"""
    ),
    "to": _words(
        """to|an|à|a|para|aan|till|til|vastaanottaja|do|komu|címzett|kime|кому|收件人|收件者|宛先|받는 사람|pro|către"""
    ),
    "cc": _words("cc|kopie|copie à|copie|kopia|kopi|kopio|dw|копия|抄送|副本|참조|con copia"),
    "subject": _words(
        """subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|tárgy|konu
        |тема|主题|主旨|件名|제목|subiect"""
    ),
    "other": _words("reply-to|importance|attachments|anlagen|wichtigkeit|priority|organization"),
}
_SENT_FROM: Final = _words(
    """sent from|sent via|sent with|get outlook for|download outlook for|gesendet von|gesendet mit|von meinem
    |holen sie sich outlook|outlook für|envoyé de mon|envoyé depuis|envoyé à partir de|outlook pour|obtenir outlook
    |obtenez outlook|enviado desde|enviado do meu|enviado de|obtener outlook|obter o outlook|inviato da|scarica outlook
    |ottieni outlook|verzonden vanaf|verstuurd vanaf|verzonden met|outlook voor|skickat från|sendt fra|lähetetty
    |wysłane z|wysłano z|odesláno z|отправлено с|отправлено из|iphone'umdan|发自我的|iphoneから送信"""
)


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


# All of these meet one line of bounded length in lower case, the last two as it is written.
_VERB: Final = rf"(?:(?<!\w)(?:{_any_of(_WROTE)})(?!\w)|{_any_of(_WROTE_WITHIN)})"
WROTE: Final = re.compile(_VERB)
WROTE_ENDS: Final = _WROTE + _WROTE_WITHIN
"""What the text before `AFTER_WROTE` ends with, at least, if `WROTE_LAST` matches."""
AFTER_WROTE: Final = ":： \t-_="
WROTE_LAST: Final = re.compile(rf"{_VERB}\s*(?:[-_=]{{2,60}}|[:：])?\s*$")
ORIGINAL: Final = re.compile(rf"[\s>*]*[-_=*]{{2,80}}\s*(?:{_any_of(_ORIGINAL)})\s*:?\s*[-_=*]{{2,80}}")
FORWARDED: Final = re.compile(rf"\s*(?:[-_=*]{{2,80}}\s*)?(?:{_any_of(_FORWARDED)})\b")
SENT_FROM: Final = re.compile(rf"\s*[\[(<]?(?:{_any_of(_SENT_FROM)})\b")
SEPARATOR: Final = re.compile(r"[\s>*]*[-_=*–—]{3,}[\s*]*$")
DATE: Final = re.compile(
    r"\d{1,2}[:.h]\d{2}(?!\d)|(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}\s*年|\d{1,2}\s*월"
)
ADDRESS: Final = re.compile(r"[^\s<>()\[\]:@]{1,100}@[^\s<>()\[\]@]{1,200}")
OPENER: Final = re.compile(rf"(?:^|[\s\-_*>])(?P<opener>(?:{_any_of(_OPENERS)})\s[^<@]{{0,24}}?\d)")

_KINDS: Final = {word: kind for kind, words in _HEADERS.items() for word in words}
_WORD_CHARS: Final = 40


def header_kind(line: str) -> str | None:
    """Which header of a quoted mail a line in lower case is: from, date, to, cc, subject or other."""
    word, colon, _ = line[:_WORD_CHARS].replace("：", ":").partition(":")
    return _KINDS.get(word.strip(" \t>*\xa0")) if colon else None
