"""Writes instructions about the things on a table, each true by construction.

An expression is drawn, and kept when what it means is what it is meant to mean, whoever looks: neither things that are
hidden, nor words that people may disagree about, nor a spatial relation that only just holds may matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

import numpy as np

from lggd_ros.tabletop.colours import COLOURS
from lggd_ros.tabletop.kinds import KINDS, SEEN_KINDS
from lggd_ros.tabletop.language.lexicon import Lexicon, Wording
from lggd_ros.tabletop.language.meaning import Phrase, Reference, Referent, denote, sized_plainly
from lggd_ros.tabletop.language.phrasing import mistype, request
from lggd_ros.tabletop.language.vocabulary import (
    COLOUR_WORDS,
    EXTREMES,
    GENERIC,
    HYPERNYMS,
    MATERIAL_WORDS,
    NOUNS,
    PARTS,
    RELATIONS,
    SHAPE_WORDS,
    SIZE_WORDS,
    Rank,
)

InstructionType = Literal["name", "attribute", "relation", "superlative", "ordinal", "part", "absent", "ambiguous"]

WAYS: dict[InstructionType, int] = {"name": 3, "attribute": 4, "relation": 8, "superlative": 3, "ordinal": 3, "part": 2}
SUPERLATIVES = [rank for rank in EXTREMES.meanings if rank[1] == 0]
ORDINALS = [rank for rank in EXTREMES.meanings if rank[1] > 0]
DRAWS = 6  # expressions drawn in one way before another way is tried
BRIGHT = [colour for colour in COLOURS if colour not in ("white", "black", "grey")]  # others have a bit of those, too
Draw = Callable[[Referent], Reference | None]


@dataclass(frozen=True)
class Style:
    """Which instructions are wanted.

    ``absent``, ``ambiguous``: shares tried that nothing or several things satisfy; a table may offer none.
    ``typos``: share with typing errors. ``wording``: see ``Lexicon``. ``kinds``: those that may be asked for in vain.
    """

    absent: float = 0.12
    ambiguous: float = 0.14
    typos: float = 0.1
    wording: Wording = "trained"
    kinds: tuple[str, ...] = SEEN_KINDS


@dataclass(frozen=True)
class Instruction:
    """What is said, and what it means by the names of things.

    ``targets``: none = absent, several = ambiguous. ``candidates``: all that the noun and its adjectives are true of,
    before a relation, an extreme or a part narrows them. ``anchors``: what relations refer to. ``part``: the one to
    take hold of, "" = any. ``relation`` and ``rank``: how they narrow the candidates, as in ``RELATIONS`` and
    ``EXTREMES``; "" and None = not at all.
    """

    text: str
    targets: tuple[str, ...]
    type: InstructionType
    candidates: tuple[str, ...]
    anchors: tuple[str, ...] = ()
    part: str = ""
    relation: str = ""
    rank: Rank | None = None


def instructions(
    things: Sequence[Referent], rng: np.random.Generator, count: int = 14, style: Style = Style()
) -> list[Instruction]:
    """Up to ``count`` different true instructions about ``things``, in which the visible ones are meant equally often.

    Things that are not visible are never meant, and an instruction that would also be true of one is not written.
    """
    writer = _Writer(things, Random(int(rng.integers(2**63))), style)
    written: dict[str, Instruction] = {}
    for number in range(3 * count):
        instruction = writer.write(number)
        if instruction is not None and len(written) < count:
            written.setdefault(instruction.text, instruction)
    return list(written.values())


class _Writer:
    """Draws expressions about one set of things and keeps those whose meaning is certain."""

    def __init__(self, things: Sequence[Referent], rng: Random, style: Style) -> None:
        self.things, self.rng, self.style = things, rng, style
        self.visible = rng.sample([thing for thing in things if thing.visible], sum(t.visible for t in things))
        self.all_visible = len(self.visible) == len(things)
        self.draws: dict[InstructionType, Draw] = {
            "name": self._name,
            "attribute": self._attribute,
            "relation": self._relation,
            "superlative": self._superlative,
            "ordinal": self._ordinal,
            "part": self._part,
        }

    def write(self, number: int) -> Instruction | None:
        """One instruction; the ``number`` decides whose turn it is to be meant."""
        if not self.visible:
            return None
        target, share = self.visible[number % len(self.visible)], self.rng.random()
        if share < self.style.absent:
            return self._absent(target)
        if share < self.style.absent + self.style.ambiguous:
            return self._ambiguous(target)
        return self._unique(target)

    def _unique(self, target: Referent) -> Instruction | None:
        for way in self.rng.choices(list(WAYS), list(WAYS.values()), k=6):
            for _ in range(DRAWS):
                reference = self.draws[way](target)
                if reference and self._meaning(reference) == (target.name,) and self._is_certain(reference):
                    return self._say(reference, (target.name,), way)
        return None

    def _ambiguous(self, target: Referent) -> Instruction | None:
        for _ in range(2 * DRAWS):
            reference = self.rng.choice((self._name, self._attribute, self._relation, self._relation))(target)
            meant = self._meaning(reference) if reference else ()
            if reference and len(meant) > 1 and self._is_certain(reference):
                return self._say(reference, meant, "ambiguous")
        return None

    def _absent(self, thing: Referent) -> Instruction | None:
        for _ in range(DRAWS):
            reference = self._near_miss(thing)
            if reference and not self._meaning(reference) and self._is_certain(reference):
                return self._say(reference, (), "absent")
        return None

    def _near_miss(self, thing: Referent) -> Reference | None:
        """Another kind, another colour, a relation that may not hold, or a place in a row that is too short for it."""
        share = self.rng.random()
        if share < 0.3:
            return self._relation(thing)
        if share < 0.4:
            return Reference(self._specific(thing), extreme=self._word(EXTREMES, self.rng.choice(ORDINALS)))
        if share < 0.5:
            return Reference(Phrase(self._general(), self._word(COLOUR_WORDS, self.rng.choice(BRIGHT))))
        if share < 0.75:
            return Reference(Phrase(self._noun(thing.kind), self._word(COLOUR_WORDS, self.rng.choice(COLOURS))))
        colour = self._word(COLOUR_WORDS, thing.colour) if share < 0.9 else ""
        return Reference(Phrase(self._noun(self.rng.choice(self.style.kinds)), colour))

    def _meaning(self, reference: Reference) -> tuple[str, ...]:
        return denote(reference, self.things)

    def _is_certain(self, reference: Reference) -> bool:
        """Whether everybody would agree what the reference means."""
        phrases = (reference.phrase, *reference.anchors)
        if any(phrase.debatable(thing) for phrase in phrases for thing in self.things):
            return False
        if not sized_plainly(reference.phrase, self.things):
            return False
        if any([t.visible for t in self.things if anchor.fits(t)] != [True] for anchor in reference.anchors):
            return False
        meaning = self._meaning(reference)
        if (reference.relation or reference.extreme) and meaning != denote(reference, self.things, margin=0.0):
            return False
        return self.all_visible or set(meaning) == set(denote(reference, self.visible))

    def _name(self, thing: Referent) -> Reference:
        return Reference(Phrase(self._any_noun(thing)))

    def _attribute(self, thing: Referent) -> Reference:
        """One or two adjectives; sizes are relative to a kind and need its name."""
        noun = self._any_noun(thing)
        named = len(NOUNS[noun]) == 1
        colour = self._word(COLOUR_WORDS, thing.colour)
        size = self._word(SIZE_WORDS, thing.size) if named else ""
        material, shape = self._word(MATERIAL_WORDS, thing.material), self._word(SHAPE_WORDS, thing.shape)
        options = [
            *([Phrase(noun, colour)] * 4),
            *([Phrase(noun, size=size), Phrase(noun, colour, size)] if size else []),
            *([Phrase(noun, material=material), Phrase(noun, colour, material=material)] if material else []),
            *([Phrase(noun, shape=shape), Phrase(noun, colour, shape=shape)] if shape else []),
        ]
        return Reference(self.rng.choice(options))

    def _relation(self, thing: Referent) -> Reference | None:
        relation = self.rng.choice(RELATIONS.meanings)
        others = [other for other in self.visible if other is not thing]
        needed = 2 if relation == "between" else 1
        if len(others) < needed:
            return None
        if relation == "on" and self.rng.random() < 0.8:
            others = [other for other in others if other.name == thing.on] or others
        anchors = tuple(map(self._specific, self.rng.sample(others, needed)))
        return Reference(self._head(thing), relation=self._word(RELATIONS, relation), anchors=anchors)

    def _superlative(self, thing: Referent) -> Reference | None:
        return self._extreme(thing, SUPERLATIVES)

    def _ordinal(self, thing: Referent) -> Reference | None:
        return self._extreme(thing, ORDINALS)

    def _extreme(self, thing: Referent, ranks: Sequence[Rank]) -> Reference | None:
        """A place among several things that a phrase fits; None where it fits only one."""
        phrase = self._head(thing)
        if sum(map(phrase.fits, self.things)) < 2:
            return None
        return Reference(phrase, extreme=self._word(EXTREMES, self.rng.choice(ranks)))

    def _part(self, thing: Referent) -> Reference | None:
        """The thing by its own name: of others, people may see parts that nothing takes them by."""
        if not thing.grips:
            return None
        phrase = replace(self.rng.choice((self._name, self._attribute))(thing).phrase, noun=self._noun(thing.kind))
        return Reference(phrase, part=self._word(PARTS, self.rng.choice(thing.grips)))

    def _head(self, thing: Referent) -> Phrase:
        """A phrase that mostly fits others too, so that something is left to be said."""
        for _ in range(3):
            phrase = self.rng.choice((self._name, self._attribute))(thing).phrase
            if self.rng.random() < 0.3 or sum(map(phrase.fits, self.things)) > 1:
                return phrase
        return Phrase(self._general())

    def _specific(self, thing: Referent) -> Phrase:
        """Kind, often with colour, as one says it of an anchor."""
        colour = self._word(COLOUR_WORDS, thing.colour) if self.rng.random() < 0.5 else ""
        return Phrase(self._noun(thing.kind), colour)

    def _any_noun(self, thing: Referent) -> str:
        share = self.rng.random()
        if share < 0.75:
            return self._noun(thing.kind)
        wider = [kinds for kinds in HYPERNYMS.values() if thing.kind in kinds]
        return self._word(NOUNS, self.rng.choice(wider)) if wider and share < 0.9 else self._general()

    def _noun(self, kind: str) -> str:
        """A name of the kind, the usual one half of the time."""
        if self.style.wording == "trained" and self.rng.random() < 0.5:
            return KINDS[kind].nouns[0]
        return self._word(NOUNS, frozenset({kind}))

    def _general(self) -> str:
        return self.rng.choice(GENERIC)

    def _word(self, words: Lexicon, meaning: object) -> str:
        """A form of the meaning, "" where it has none."""
        forms = words.forms(meaning, self.style.wording)
        return self.rng.choice(forms) if forms else ""

    def _say(self, reference: Reference, targets: tuple[str, ...], kind: InstructionType) -> Instruction:
        text = request(reference, self.rng, self.style.wording)
        if self.rng.random() < self.style.typos:
            text = mistype(text, self.rng)
        candidates = tuple(thing.name for thing in self.things if reference.phrase.fits(thing))
        anchors = tuple(t.name for anchor in reference.anchors for t in self.things if anchor.fits(t))
        relation = RELATIONS[reference.relation] if reference.relation else ""
        rank = EXTREMES[reference.extreme] if reference.extreme else None
        return Instruction(text, targets, kind, candidates, anchors, reference.held_by, relation, rank)
