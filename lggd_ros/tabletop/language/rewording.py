"""Other words around what an instruction says, so that a listener learns which words matter.

Other people put a request differently, say more of a thing than is needed, and have names for things that were never
learnt. Here a request is drowned in words at random, also such as place things only together with others ("up next is
the mug", but "next to it"), what is only called a thing gets an unheard name, a noun gets a word before it that says
nothing (in English the last one names the thing, and a toy apple is an apple) or words around it that tell how much or
what for (a slice of apple, an apple for lunch), a place gets one that carries no meaning ("sitting behind"), articles
go, and now and then a key is missed. Nothing held out of training is ever made.
"""

from __future__ import annotations

import re
from functools import cache
from random import Random

from lggd_ros.network.spelling import english_words
from lggd_ros.tabletop.kinds import SEEN_KINDS
from lggd_ros.tabletop.language.lexicon import one_of, with_slots
from lggd_ros.tabletop.language.phrasing import KNOWN_WORDS, mistype
from lggd_ros.tabletop.language.vocabulary import ADJECTIVES, EXTREMES, GENERIC, LEXICONS, NOUNS, RELATIONS, REQUESTS

CHANCE = 0.5  # of each but the last, and of each noun to get words
COMPOUND = 0.5  # share of unheard names that are two words, with or without a space
TYPOS = 0.15  # share with another typing error
UNHEARD = 0.5  # share of inserted words that mean nothing at all
COMMON = 30_000  # of the dictionary's words, the most frequent
LETTERS = range(3, 11)  # of a word
SALAD = 3  # words at most on either side
FILLERS = ("sitting", "standing", "placed", "located", "lying", "just", "that is", "which is", "you see", "there")
_SIDE = re.compile("left|right")  # a mirrored picture is told by swapping these words


def reword(text: str, rng: Random) -> str:
    """The same instruction with other words around; unchanged where nothing fits, or what comes out is held out."""
    steps = [step for step in (_in_salad, _named, _qualified, _measured, _filled, _terse) if rng.random() < CHANCE]
    steps += [mistype] if rng.random() < TYPOS else []
    for step in steps:
        changed = step(text, rng)
        if held_out_forms(changed) <= held_out_forms(text):
            text = changed
    return text


def held_out_forms(text: str) -> int:
    """How many it holds, by chance or not: "far left" is one, and a part of "on the far left"."""
    return len(_held_out().findall(text))


def _in_salad(text: str, rng: Random) -> str:
    """Words of requests, parts of what tells places, and unheard ones, instead of the request."""
    said = next((found[1] for form in _requests() if (found := form.fullmatch(text))), None)
    if said is None:
        return text
    before, after = ([_filler(rng) for _ in range(rng.randrange(SALAD + 1))] for _ in range(2))
    return " ".join([*before, said, *after])


def _filler(rng: Random) -> str:
    return rng.choice(unheard_words() if rng.random() < UNHEARD else rng.choice((_request_words(), _halves())))


def _named(text: str, rng: Random) -> str:
    """An unheard name for what is only called a thing: the other words tell which."""
    found = rng.choice([noun for noun in _nouns().finditer(text) if noun[0] in GENERIC] or [None])
    if found is None:
        return text
    name = rng.choice(unheard_words())
    if rng.random() < COMPOUND:
        name += rng.choice(("", " ")) + rng.choice(unheard_words())
    return text[: found.start()] + name + text[found.end() :]


def _qualified(text: str, rng: Random) -> str:
    """Words that say nothing before nouns."""
    return _nouns().sub(lambda found: _qualifier(found[0], rng) + found[0], text)


def _qualifier(noun: str, rng: Random) -> str:
    """A word to be put before a noun, "" for none."""
    if rng.random() >= CHANCE:
        return ""
    word = rng.choice(unheard_words() if noun in GENERIC or rng.random() < UNHEARD else _modifiers())
    return "" if f"{word} {noun}" in NOUNS or word in noun.split() else f"{word} "


def _measured(text: str, rng: Random) -> str:
    """How much of what one of the nouns names, or what it is there for."""
    found = rng.choice(list(_nouns().finditer(text)) or [None])
    if found is None:
        return text
    word = rng.choice(unheard_words())
    said = rng.choice((f"{word} of {found[0]}", f"{found[0]} of {word}", f"{found[0]} for {word}"))
    return text[: found.start()] + said + text[found.end() :]


def _filled(text: str, rng: Random) -> str:
    """A word that carries no meaning before a place or a rank."""
    found = rng.choice(list(_places().finditer(text)) or [None])
    if found is None:
        return text
    return f"{text[: found.end()]} {rng.choice(FILLERS)}{text[found.end() :]}"


def _terse(text: str, _: Random) -> str:
    """As in a telegram: which noun is whose is then told by the order of words alone."""
    return re.sub(r"\bthe ", "", text)


@cache
def unheard_words() -> list[str]:
    """English words that no instruction knows."""
    words = (word for word in english_words(COMMON) if word.isascii() and word.isalpha() and len(word) in LETTERS)
    return [word for word in words if word not in KNOWN_WORDS and not _SIDE.search(word)]


@cache
def _request_words() -> list[str]:
    """But "can", which names a kind, too."""
    return sorted({word for form in REQUESTS.trained_forms for word in form.split()} - {"{}"} - _names())


@cache
def _halves() -> list[str]:
    """Words that tell a place or a rank with others only, such as "next" and "to", but for numbers and sides."""
    told = [form.replace("{}", "").split() for words in (RELATIONS, EXTREMES) for form in words.trained_forms]
    whole = {words[0] for words in told if len(words) == 1} | {"second", "third", "the"}
    return sorted(word for word in {word for words in told for word in words} - whole if not _SIDE.search(word))


@cache
def _modifiers() -> list[str]:
    """First words of what training sees, such as that of "frying pan", unless they have a meaning of their own, as
    "milk" has, which is a kind."""
    nouns = (noun for kind in SEEN_KINDS for noun in NOUNS.trained[frozenset({kind})])
    firsts = {word for noun in nouns for word in noun.split()[:-1]}
    meaning = {word for words in ADJECTIVES for word in words}
    return sorted(firsts - meaning - _names() - {"of", "for"})


@cache
def _names() -> set[str]:
    """Nouns of one kind."""
    return {noun for noun, kinds in NOUNS.items() if len(kinds) == 1}


@cache
def _requests() -> list[re.Pattern[str]]:
    longest_first = sorted(REQUESTS.trained_forms, key=len, reverse=True)
    return [re.compile(with_slots(form, "(.+)")) for form in longest_first]


@cache
def _nouns() -> re.Pattern[str]:
    return re.compile(rf"\b{one_of(NOUNS.trained_forms)}\b")


@cache
def _places() -> re.Pattern[str]:
    """Nouns behind which a place or a rank is told."""
    tails = {form.split("{}")[1].strip() for words in (RELATIONS, EXTREMES) for form in words.trained_forms} - {""}
    tails = {tail for tail in tails if not tail.startswith("that is")}
    return re.compile(rf"\b{one_of(NOUNS.trained_forms)}(?= {one_of(tails)}\b)")


@cache
def _held_out() -> re.Pattern[str]:
    forms = (form.strip("{} ") for words in LEXICONS for its in words.held_out.values() for form in its)
    return re.compile("|".join(rf"\b{with_slots(form, '.+')}\b" for form in forms))
