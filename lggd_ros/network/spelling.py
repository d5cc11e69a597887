"""Slips of the fingers, mended before a sentence is read: "the spono" is a spoon.

Not in the paper. Byte pairs of a misspelt word have little in common with those of the word. Four of five misspellings
are one letter too many, too few or wrong, or two that have changed places (Damerau 1964, "A technique for computer
detection and correction of spelling errors").
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache

from spellchecker import SpellChecker

SHORTEST = 3  # letters of a word that is mended, or mended into
_WORD = re.compile(r"[A-Za-z]+")


def mend(text: str, vocabulary: Set[str]) -> str:
    """The text with every word that is neither in ``vocabulary`` nor in pyspellchecker's English dictionary read as the
    one in ``vocabulary`` that is a slip away.

    Where several are, two letters that have changed places are the likeliest slip; a word that may be more than one
    stays as it is. Without a vocabulary all do.
    """
    return _WORD.sub(lambda found: _meant(found[0].lower(), vocabulary) or found[0], text) if vocabulary else text


def _meant(word: str, vocabulary: Set[str]) -> str | None:
    """The word of the vocabulary that a misspelt one is read as, None where it stays as it is."""
    if len(word) < SHORTEST or word in vocabulary or word in _english():
        return None
    for slips in (_swapped(word), _english().edit_distance_1(word)):
        meant = {slip for slip in vocabulary & set(slips) if len(slip) >= SHORTEST}
        if meant:
            return meant.pop() if len(meant) == 1 else None
    return None


def _swapped(word: str) -> set[str]:
    return {word[:k] + word[k + 1] + word[k] + word[k + 2 :] for k in range(len(word) - 1)}


@cache
def english_words(count: int) -> list[str]:
    """The most frequent words of pyspellchecker's English dictionary, the first one first."""
    words = _english().word_frequency
    return sorted(words.words(), key=lambda word: (-words[word], word))[:count]


@cache
def _english() -> SpellChecker:
    return SpellChecker(distance=1)
