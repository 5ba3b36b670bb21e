"""Triage rules that never decide, and those whose names tell nothing."""

from duetime.config.problems import Report
from duetime.router.triage import Rule, When


def find_futile_rules(rules: tuple[Rule, ...], report: Report) -> None:
    first: dict[str, int] = {}
    for number, rule in enumerate(rules):
        if first.setdefault(rule.name, number) != number:
            sentence = f"is the name of triage[{first[rule.name]}] too, so explanations cannot tell them apart"
            report.warning(("triage", number, "name"), sentence)
        for earlier in rules[:number]:
            if _implies(rule.when, earlier.when):
                sentence = f'never decides: what it is for, the rule "{earlier.name}" before it takes'
                report.warning(("triage", number), sentence)
                break


def _implies(when: When, other: When) -> bool:
    """Whether every message for which the first holds also is one for which the other holds."""
    return (
        other.channel in (None, when.channel)
        and other.endpoint in (None, when.endpoint)
        and other.language in (None, when.language)
        and other.attributes.items() <= when.attributes.items()
        and other.contact.items() <= when.contact.items()
        and (not other.text_contains or _contains_any(when.text_contains, other.text_contains))
    )


def _contains_any(parts: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether a text with any of the parts has any of the others in it too."""
    folded = [other.casefold() for other in others]
    return bool(parts) and all(any(other in part.casefold() for other in folded) for part in parts)
