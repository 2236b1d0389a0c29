"""A verdict told step by step in the terminal, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gisplan.core.visible import visible
from gisplan.core.words import Language, Text

if TYPE_CHECKING:
    from gisplan.law.explain import Explained
    from gisplan.law.facts import Step

_ANSWERS: Mapping[bool | None, Text] = {
    True: Text(ja="はい", en="yes"),
    False: Text(ja="いいえ", en="no"),
    None: Text(ja="不明", en="not known"),
}
_CONFIDENCE: Mapping[str, Text] = {
    "verbatim": Text(ja="条文", en="statute"),
    "reported": Text(ja="第三者の情報", en="reported"),
    "inferred": Text(ja="推定", en="inferred"),
}


def explained_text(found: Iterable[Explained], *, day: str, language: Language) -> str:
    """Return the explanations for a person.

    Parameters
    ----------
    found
        What `explain` returned.
    day
        The day on which the law was applied.
    language
        The language.
    """
    told = ([visible(line) for line in _lines(one, day=day, language=language)] for one in found)
    return "\n\n".join("\n".join(lines) for lines in told)


def _lines(one: Explained, *, day: str, language: Language) -> Iterable[str]:
    ja = language == "ja"
    yield f"{one.layer} {one.id}" + (f" 「{one.name}」" if one.name else "")
    yield f"{'判定' if ja else 'Verdict'}: {one.title.of(language)}  [{one.verdict}]"
    yield f"{'法令の適用日' if ja else 'Law as of'}: {day}"
    if one.shares.of(language):
        yield f"{'敷地' if ja else 'Lot'}: {one.shares.of(language)}"
    for number, step in enumerate(one.steps, start=1):
        yield from _step(number, step, language)
    for title, text in (
        (("理由", "Reason"), one.reason.of(language)),
        (("根拠条文", "Articles"), "; ".join(one.articles)),
        (("要確認", "To confirm"), one.caution.of(language)),
        (("空家等活用促進区域の特例", "Relief in a vacant house utilization area"), one.relief.of(language)),
    ):
        if text:
            yield f"{title[0] if ja else title[1]}: {text}"


def _step(number: int, step: Step, language: Language) -> Iterable[str]:
    ja, found = language == "ja", step.found.of(language)
    if step.open:
        yield f" {number:>2}. {step.question.of(language)} → {found}"
    else:
        guessed = step.confidence == "inferred" and step.holds is not None
        sure = _CONFIDENCE["inferred"].of(language) if guessed else ""
        mark = f"（{sure}）" if sure and ja else f" ({sure})" if sure else ""
        yield f" {number:>2}. {step.question.of(language)} → {_ANSWERS[step.holds].of(language)}{mark}"
        yield f"     {'分かったこと' if ja else 'found'}: {found}"
    if step.articles:
        source = _CONFIDENCE[step.confidence].of(language)
        yield f"     {'根拠' if ja else 'by'}: {'; '.join(step.articles)} ({source})"


def explained_rows(found: Iterable[Explained]) -> list[dict[str, Any]]:
    """Return the explanations for a program, both languages.

    Parameters
    ----------
    found
        What `explain` returned.
    """
    return [
        {
            "layer": one.layer,
            "id": one.id,
            "name": one.name,
            "verdict": one.verdict,
            "steps": [
                {
                    "question": _both(step.question),
                    "found": _both(step.found),
                    "holds": step.holds,
                    "articles": list(step.articles),
                    "confidence": step.confidence,
                }
                for step in one.steps
            ],
            "shares": _both(one.shares),
            "reason": _both(one.reason),
            "articles": list(one.articles),
            "caution": _both(one.caution),
            "relief": _both(one.relief),
        }
        for one in found
    ]


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}
