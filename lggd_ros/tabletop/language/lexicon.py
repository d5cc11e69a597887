"""Words and turns of phrase with what they mean, some of them held out of training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, TypeVar

Meaning = TypeVar("Meaning")
Wording = Literal["trained", "held out"]


@dataclass(frozen=True)
class Lexicon(Generic[Meaning]):
    """Forms and their meanings: those of training, and those that only the test of novel phrasing uses.

    A form with slots, such as ``"{} left of {}"``, is a turn of phrase.
    """

    trained: Mapping[str, Meaning]
    held_out: Mapping[str, Meaning]

    def __getitem__(self, form: str) -> Meaning:
        """What a form means; raises KeyError for an unknown one."""
        return self._by_form[form]

    def __iter__(self) -> Iterator[str]:
        """All forms."""
        return iter(self._by_form)

    @property
    def meanings(self) -> list[Meaning]:
        """All meanings."""
        return list(self._by_meaning)

    def forms(self, meaning: Meaning, wording: Wording) -> Sequence[str]:
        """How to say a meaning; in held-out words only where there are some."""
        trained, held_out = self._by_meaning.get(meaning, ([], []))
        return held_out if wording == "held out" and held_out else trained

    @cached_property
    def _by_form(self) -> dict[str, Meaning]:
        return {**self.trained, **self.held_out}

    @cached_property
    def _by_meaning(self) -> dict[Meaning, tuple[list[str], list[str]]]:
        table: dict[Meaning, tuple[list[str], list[str]]] = {}
        for column, forms in enumerate((self.trained, self.held_out)):
            for form, meaning in forms.items():
                table.setdefault(meaning, ([], []))[column].append(form)
        return table


def lexicon(trained: Mapping[Meaning, tuple[str, ...]], held_out: Mapping[Meaning, tuple[str, ...]]) -> Lexicon:
    """A lexicon from the forms of every meaning."""
    return Lexicon(_inverted(trained), _inverted(held_out))


def _inverted(forms: Mapping[Meaning, tuple[str, ...]]) -> dict[str, Meaning]:
    return {form: meaning for meaning, its in forms.items() for form in its}
