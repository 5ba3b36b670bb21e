"""What programs write in subjects and texts, and how they call themselves, in the languages they speak."""

import re
from typing import Final


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# All of these meet a subject, an address or the first kilobytes of a text in lower case, which is several times as fast
# as to ignore case, and hold no nested repetition.
ANSWERED_OR_PASSED_ON: Final = re.compile(r"\s*(?:re|aw|fw|fwd|wg|tr|rv|sv|vs|antw|odp|ref)\s*(?:\[\d+\])?\s*[:：]")
ANSWER: Final = re.compile(r"\s*(?:re|aw|sv|vs|antw|odp)\s*(?:\[\d+\])?\s*[:：]")
FAILED_SUBJECT: Final = _any_of(
    r"undeliver(?:ed|able)",
    r"(?:mail|message|delivery|e-mail)[\s-]+(?:delivery[\s-]+)?(?:status[\s-]+)?(?:notification|fail(?:ure|ed)|problem|error|warning)",
    r"delivery (?:has )?(?:fail|delay|status|notification|problem|error|incomplete|report)",
    r"fail(?:ed|ure) (?:notice|delivery|mail|notification)",
    r"failed mail",
    r"(?:returned|rejected|bounced|undelivered) (?:(?:e-?)?mail|message)",
    r"returned to sender",
    r"returning (?:message )?to sender",
    r"non[\s-]?deliver(?:y|able)|non remis|non-remise|nicht zugestellt|unzustellbar|nicht zustellbar",
    r"(?:could|can) ?not (?:be delivered|send|deliver)|(?:not|un)able to deliver|not (?:yet )?(?:been )?delivered",
    r"(?:message|mail)\s.{0,60}\bdelayed\b|delayed (?:mail|message)",
    r"error (?:sending|during delivery|delivering)|mail(?:er)? (?:system )?error|processing error|user unknown",
    r"\bnot (?:a )?member\b|not (?:allowed|permitted) to post|post(?:ing)? (?:rejected|denied)",
    r"onbestelbaar|imposs(?:ível|ible) (?:entregar|de remettre)|no se (?:pudo|puede) entregar",
    r"mancat[oa] (?:consegna|recapito)|échec de (?:la )?(?:remise|distribution)|niedostarczon",
    r"не доставлено|недоставлен",
    r"teslim edilemedi",
    r"kunde inte levereras|kunne ikke leveres|ei voitu toimittaa|nedoručiteľn|nedoručen|kézbesíthetetlen",
    r"配信(?:できません|不能|エラー)|送信エラー|メールエラー|戻りました|退信|投递失败|系统退信|无法投递|배달되지|傳遞失敗",
)
FAILED_TEXT: Final = _any_of(
    r"(?:could|can|did|was|has|were|have|is|be)\s?(?:not|n.t)\s+(?:be\s+|been\s+|yet\s+been\s+)?(?:deliver|reach|sen[dt]|found|process)",
    r"undeliver(?:ed|able)|delivery\s+(?:to\s+the\s+following|has\s+failed|failed|attempt)|fail(?:ed|ure)\s+to\s+deliver",
    r"(?:user|recipient|mailbox|address|host|domain|account)\s+(?:is\s+)?(?:unknown|unavailable|not\s+found|full|disabled|inactive|rejected)",
    r"(?:unknown|no\s+such|invalid)\s+(?:user|recipient|address|mailbox|host|domain|account|person)",
    r"over\s?quota|quota\s+exceeded|mailbox\s+(?:is\s+)?full|returned\s+to\s+sender|returned\s+(?:e-?)?mail|not\s+listed\s+in",
    r"(?:permanent|fatal|following)\s+(?:fatal\s+)?errors?|not\s+(?:a\s+)?member|transcript\s+of\s+(?:the\s+)?session",
    r"following\s+(?:address|recipient|message|user|destination)",
    r"not\s+accept(?:ed|ing)|relay(?:ing)?\s+denied|(?:un|not\s|n.t\s)able\s+to\s+(?:deliver|relay|send)|not\s+delivered|无法|失败|host\s+name\s+lookup|timed\s+out",
    r"non\s+remis|nicht\s+zugestellt|no\s+se\s+(?:pudo|puede)\s+entregar|送信できません|配信できません|届けられません|お届け",
)
STATUS_CODE: Final = re.compile(
    r"\b[45]\d\d[\s-]+#?[45]\.\d{1,3}\.\d{1,3}\b"
    r"|^\s*(?:final-recipient|original-recipient|diagnostic-code|reporting-mta|remote-mta)\s*:"
    r"|^\s*action\s*:\s*(?:failed|delayed)",
    re.MULTILINE,
)
"""What no person writes."""
FAILED_CODE: Final = re.compile(
    r"(?:said|replied|response|error|reason|says|status)[^\n]{0,80}?\b[45]\d\d\b"
    r"|^[\s>]*(?:smtp[\s;:]+)?[45]\d\d[\s-]+\S",
    re.MULTILINE,
)
DELAYED: Final = _any_of(
    r"\bdelay(?:ed)?\b",
    r"not yet (?:been )?delivered",
    r"^warning\b.{0,80}\b(?:delay|could not send)",
    r"(?:will|we.ll) (?:continue to try|be retried|keep trying|try again|retry)|postponed|still trying",
    r"no action is required",
    r"verzögert|retrasad|retardé|遅延",
)
AUTO_REPLY_SUBJECT: Final = _any_of(
    r"^\W*auto\s*:|^\W*(?:(?:re|aw|sv)\s*:\s*)?auto(?:matic(?:ally generated)?|mated)?[\s_-]*(?:e-?mail )?"
    r"(?:repl(?:y|ies)|respon(?:se|der|d)|answer)\b",
    r"\bout of (?:the )?office\b|^\W*ooo\b|^\W*(?:i.?a?m )?(?:currently )?on (?:vacation|annual leave|holiday)\b",
    r"^\W*vacation (?:reply|response|message|notice)|^\W*away (?:until|from (?:my|the) (?:office|desk|mail|e-?mail))\b",
    r"\babwesenheits|\babwesend\b|automatische (?:antwort|reaktion)|automatisch(?:e)? (?:antwoord|bericht)|afwezigheid",
    r"réponse automatique|absen(?:t|ce) du bureau|respuesta automática|fuera de la oficina",
    r"resposta automática|fora do escritório",
    r"risposta automatica|fuori (?:sede|ufficio)|autosvar|automatiskt svar|automatisk svar|automaattinen vastaus",
    r"poissaoloilmoitus",
    r"automatyczna odpowiedź|automatická odpověď|automatikus válasz|răspuns automat",
    r"otomatik yanıt|автоответ|автоматический ответ",
    r"αυτόματη απάντηση|自动(?:回复|答复)|自動(?:返信|回覆|応答)|자동 ?(?:회신|응답)",
)
DAEMON: Final = re.compile(
    r"mailer[._-]?daemon|mail[._-]?daemon|mdaemon|mail[._-]deliver(?:y|)[._-](?:sub)?system|poo?st[._-]?master",
)
DAEMON_NAME: Final = _any_of(
    r"mail(?:er)?[\s-]deliver[y]? (?:sub)?system|mailer[\s-]daemon|system administrator|postmaster|delivery subsystem",
    r"internet mail delivery|mail administrator|mail system|microsoft outlook|mailserver",
)
UNATTENDED: Final = re.compile(
    r"(?:no|do[._-]?not|donot|not)[._-]?reply|no[._-]?responder|bounces?|notifications?|alerts?|smtp|gateways?|system|daemon"
    r"|[\w.+-]*[_.-](?:admin|bounces?|daemon|gateways?|service|request)|admin(?:istrator)?|root|imss?\w{0,4}|e\d{3}_smtp.*|smtp_.*|.*_smtp_.*",
)
BOUNCE_ADDRESS: Final = re.compile(r".*[+._-]bounces?|bounces?(?:[+=._-].*)?")
NEVER_ANSWER: Final = re.compile(
    r"mailer[._-]?daemon|poo?st[._-]?master|owner-.*|.*-(?:request|owner|bounces?|admin)|(?:no|do[._-]?not|donot)[._-]?reply.*|bounces?(?:[+=-].*)?"
    r"|listserv|majordomo|root|daemon|uucp|nobody|abuse",
)
