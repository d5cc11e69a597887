"""Words and turns of phrase with what they mean, some of them held out of training."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeVar

Meaning = TypeVar("Meaning")
Wording = Literal["trained", "held out"]


class Lexicon(dict[str, Meaning]):
    """Forms and their meanings: those of training, and those that only the test of novel phrasing uses.

    A form with slots, such as ``"{} left of {}"``, is a turn of phrase.
    """

    def __init__(self, trained: Mapping[str, Meaning], held_out: Mapping[str, Meaning]) -> None:
        super().__init__({**trained, **held_out})
        self.trained, self.held_out = _by_meaning(trained), _by_meaning(held_out)

    @property
    def meanings(self) -> list[Meaning]:
        """Everything that can be said in words of training."""
        return list(self.trained)

    @property
    def trained_forms(self) -> list[str]:
        """All of training."""
        return [form for forms in self.trained.values() for form in forms]

    def forms(self, meaning: Meaning, wording: Wording) -> Sequence[str]:
        """How to say a meaning, nothing where there are no words; in held-out words only where there are some."""
        held_out = self.held_out.get(meaning) if wording == "held out" else None
        return held_out or self.trained.get(meaning, [])


def lexicon(trained: Mapping[Meaning, tuple[str, ...]], held_out: Mapping[Meaning, tuple[str, ...]]) -> Lexicon:
    """A lexicon from the forms of every meaning."""
    return Lexicon(_by_form(trained), _by_form(held_out))


def one_of(words: Iterable[str]) -> str:
    """A regular expression for any of these, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"


def with_slots(form: str, slot: str) -> str:
    """A regular expression for a turn of phrase, ``slot`` in the place of every ``{}``."""
    return re.escape(form).replace(r"\{\}", slot)


def _by_form(forms: Mapping[Meaning, tuple[str, ...]]) -> dict[str, Meaning]:
    return {form: meaning for meaning, its in forms.items() for form in its}


def _by_meaning(meanings: Mapping[str, Meaning]) -> dict[Meaning, list[str]]:
    table: dict[Meaning, list[str]] = {}
    for form, meaning in meanings.items():
        table.setdefault(meaning, []).append(form)
    return table
