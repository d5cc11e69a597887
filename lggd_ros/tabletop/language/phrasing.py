"""How an expression is put to a robot: a request around it, articles dropped, slips of the fingers."""

from __future__ import annotations

import re
from random import Random

from lggd_ros.tabletop.language.lexicon import Wording
from lggd_ros.tabletop.language.meaning import Reference
from lggd_ros.tabletop.language.vocabulary import LEXICONS, REQUESTS

TERSE = 0.15  # share that goes without its first article
TELEGRAPHIC = 0.05  # share that goes without any
SHORTEST = 4  # letters that a mistyped word has at least
_SIDE = re.compile("left|right")  # must stay legible: a mirrored picture is told by swapping these words
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
KNOWN_WORDS = frozenset(word for words in LEXICONS for form in words for word in form.split())


def request(reference: Reference, rng: Random, wording: Wording) -> str:
    """The expression inside a request of this wording."""
    said, share = str(reference), rng.random()
    if share < TELEGRAPHIC:
        said = re.sub(r"\bthe ", "", said)
    elif share < TERSE:
        said = said.removeprefix("the ")
    return rng.choice(REQUESTS.forms(None, wording)).format(said)


def mistype(text: str, rng: Random) -> str:
    """The text with one slip in one or two words, which turns none into another word of the vocabulary."""
    words = text.split()
    long = [k for k, word in enumerate(words) if len(word) >= SHORTEST and not _SIDE.search(word)]
    for index in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        slip = _slip(words[index], rng)
        if slip not in KNOWN_WORDS:
            words[index] = slip
    return " ".join(words)


def _slip(word: str, rng: Random) -> str:
    """One letter dropped, swapped with the next, doubled, or replaced by its neighbour on the keyboard."""
    at = rng.randrange(1, len(word) - 1)  # people rarely miss the first letter
    before, letter, after = word[:at], word[at], word[at + 1 :]
    neighbour = rng.choice(_neighbours(letter))
    return before + rng.choice((after, after[0] + letter + after[1:], letter + letter + after, neighbour + after))


def _neighbours(letter: str) -> str:
    for row in _KEYS:
        if letter in row:
            at = row.index(letter)
            return row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
    return letter
