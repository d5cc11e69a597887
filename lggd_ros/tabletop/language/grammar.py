"""The way back: from what is said to the expression that it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from lggd_ros.tabletop.language.lexicon import one_of, with_slots
from lggd_ros.tabletop.language.meaning import Phrase, Reference, Referent, denote
from lggd_ros.tabletop.language.vocabulary import (
    COLOUR_WORDS,
    EXTREMES,
    MATERIAL_WORDS,
    NOUNS,
    PARTS,
    RELATIONS,
    REQUESTS,
    SHAPE_WORDS,
    SIZE_WORDS,
)

_ADJECTIVES = {"size": SIZE_WORDS, "shape": SHAPE_WORDS, "colour": COLOUR_WORDS, "material": MATERIAL_WORDS}
_WITHOUT_MEANING = re.compile(r"\b(the|please)\b|[.,!?]")


def resolve(text: str, things: Sequence[Referent]) -> tuple[str, ...]:
    """Names of the things an instruction means.

    Raises ``ValueError`` when the text is outside the grammar.
    """
    return denote(parse(text), things)


def parse(text: str) -> Reference:
    """The reference inside an instruction; raises ``ValueError`` on text outside the grammar."""
    said = _plain(text)
    for _, (inside,) in _matches(tuple(REQUESTS), said):
        if reference := _reference(inside):
            return reference
    raise ValueError(f"cannot understand the instruction {text!r}; say for example 'pick up the red mug'")


def _reference(text: str) -> Reference | None:
    """Peels off the part to hold, then the relation, then the extreme."""
    for part, (held,) in _matches(("{}", *PARTS), text):
        for relation, (head, *others) in _matches(("{}", *RELATIONS), held):
            anchors = [phrase for phrase in map(_phrase, others) if phrase]
            for extreme, (inner,) in _matches(("{}", *EXTREMES), head):
                phrase = _phrase(inner)
                if phrase and len(anchors) == len(others):
                    return Reference(phrase, _form(extreme), _form(relation), tuple(anchors), _form(part))
    return None


def _form(form: str) -> str:
    return "" if form == "{}" else form


def _phrase(text: str) -> Phrase | None:
    """Adjectives in any order, each kind of them once, and a noun."""
    found = _phrase_pattern().fullmatch(text)
    if found is None:
        return None
    adjectives: dict[str, str] = {}
    for word in re.findall(one_of(w for words in _ADJECTIVES.values() for w in words), found["adjectives"]):
        category = next(name for name, words in _ADJECTIVES.items() if word in set(words))
        if category in adjectives:
            return None
        adjectives[category] = word
    return Phrase(found["noun"], **adjectives)


@cache
def _phrase_pattern() -> re.Pattern[str]:
    adjective = one_of(word for words in _ADJECTIVES.values() for word in words)
    return re.compile(rf"(?P<adjectives>(?:{adjective} )*)(?P<noun>{one_of(NOUNS)})")


def _matches(forms: tuple[str, ...], text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Forms that the text may have, the longest first, and what stands in their slots."""
    for form, pattern in _patterns(forms):
        if found := pattern.fullmatch(text):
            yield form, found.groups()


@cache
def _patterns(forms: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    longest_first = sorted(forms, key=len, reverse=True)
    return [(form, re.compile(with_slots(_plain(form), "(.+)"))) for form in longest_first]


def _plain(text: str) -> str:
    """Lower case, without articles, politeness and punctuation."""
    return " ".join(_WITHOUT_MEANING.sub(" ", text.lower()).split())
