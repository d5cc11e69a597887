"""Instructions that name things on the table, and the way back from an instruction to the things it names.

Both directions share one notion of meaning, ``denote``: an instruction is written only when what it denotes is what
it is meant to denote, so it is true by construction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from lggd_ros.tabletop.colours import COLOURS
from lggd_ros.tabletop.kinds import KINDS

InstructionType = Literal["name", "attribute", "relation", "absent", "ambiguous"]

MARGIN = 0.03  # metres by which a spatial relation must hold

GENERIC = ("thing", "object", "item", "one")
NOUNS: dict[str, frozenset[str]] = {
    **{noun: frozenset({kind}) for kind, family in KINDS.items() for noun in family.nouns},
    **dict.fromkeys(GENERIC, frozenset(KINDS)),
    "fruit": frozenset({"apple", "banana", "lemon"}),
}
COLOUR_WORDS = {**{colour: colour for colour in COLOURS}, "gray": "grey"}
SIZE_WORDS = {"small": "small", "little": "small", "large": "large", "big": "large"}
RELATION_WORDS = {
    "to the left of": "left",
    "left of": "left",
    "to the right of": "right",
    "right of": "right",
    "in front of": "front",
    "behind": "behind",
}
EXTREME_WORDS = {"leftmost": "left", "rightmost": "right", "nearest": "front", "closest": "front", "farthest": "behind"}
EXTREME_PHRASES = {
    "on the far left": "left",
    "furthest to the left": "left",
    "on the far right": "right",
    "furthest to the right": "right",
    "closest to me": "front",
    "furthest from me": "behind",
}
DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "front": (0, -1), "behind": (0, 1)}

OPENINGS = (
    *(
        "",
        "pick up",
        "pick",
        "grab",
        "grasp",
        "take",
        "get",
        "get me",
        "give me",
        "hand me",
        "pass me",
        "fetch",
        "lift",
    ),
    *("bring me", "please pick up", "please grab", "please hand me", "could you pass me", "could you pick up"),
    *("can you grab", "can you give me", "i need", "i want", "i would like", "would you please take"),
)


@dataclass(frozen=True)
class Referent:
    """A thing that can be spoken about; ``position`` is (right, away) in metres as the viewer sees the table."""

    name: str
    kind: str
    colour: str
    size: str
    position: tuple[float, float]
    visible: bool = True


@dataclass(frozen=True)
class Instruction:
    """What is said, the names of the things meant (none: absent, several: ambiguous) and how they are singled out."""

    text: str
    targets: tuple[str, ...]
    type: InstructionType


@dataclass(frozen=True)
class Phrase:
    """A noun with optional size and colour words."""

    noun: str
    colour: str = ""
    size: str = ""

    def __str__(self) -> str:
        return " ".join(word for word in (self.size, self.colour, self.noun) if word)

    def fits(self, thing: Referent) -> bool:
        """Whether the words are true of the thing."""
        return (
            thing.kind in NOUNS[self.noun]
            and (not self.colour or COLOUR_WORDS[self.colour] == thing.colour)
            and (not self.size or SIZE_WORDS[self.size] == thing.size)
        )


@dataclass(frozen=True)
class Reference:
    """A phrase, narrowed by an extreme ("leftmost") or by a relation to an anchor ("behind the mug")."""

    phrase: Phrase
    extreme: str = ""
    relation: str = ""
    anchor: Phrase | None = None

    def __str__(self) -> str:
        if self.anchor is not None:
            return f"the {self.phrase} {self.relation} the {self.anchor}"
        if self.extreme in EXTREME_PHRASES:
            return f"the {self.phrase} {self.extreme}"
        return " ".join(word for word in ("the", self.extreme, str(self.phrase)) if word)


def denote(reference: Reference, things: Sequence[Referent], margin: float = MARGIN) -> tuple[str, ...]:
    """Names of the things the reference is true of; relations hold by ``margin`` metres and along their main axis."""
    fitting = [thing for thing in things if reference.phrase.fits(thing)]
    if reference.extreme:
        fitting = _extreme(fitting, {**EXTREME_WORDS, **EXTREME_PHRASES}[reference.extreme], margin)
    if reference.anchor is not None:
        anchors = [thing for thing in things if reference.anchor.fits(thing)]
        direction = RELATION_WORDS[reference.relation]
        fitting = [t for t in fitting if any(_holds(direction, t, a, margin) for a in anchors if a != t)]
    return tuple(thing.name for thing in fitting)


def _extreme(things: list[Referent], direction: str, margin: float) -> list[Referent]:
    along = [float(np.dot(thing.position, DIRECTIONS[direction])) for thing in things]
    return [thing for thing, value in zip(things, along, strict=True) if value > max(along) - margin]


def _holds(direction: str, thing: Referent, anchor: Referent, margin: float) -> bool:
    offset = np.subtract(thing.position, anchor.position)
    along = float(offset @ DIRECTIONS[direction])
    across = float(np.abs(offset).sum() - abs(along))
    return along >= margin and (along > across or margin <= 0)


def resolve(text: str, things: Sequence[Referent]) -> tuple[str, ...]:
    """Names of the things an instruction means.

    Raises ``ValueError`` when the text is outside the grammar of ``instructions``.
    """
    return denote(parse(text), things)


def parse(text: str) -> Reference:
    """The reference inside an instruction; raises ``ValueError`` on text outside the grammar."""
    match = _GRAMMAR.fullmatch(" ".join(re.sub(r"[.,!?]", " ", text.lower()).split()))
    if match is None:
        raise ValueError(f"cannot understand the instruction {text!r}; say for example 'pick up the red mug'")
    part = {key: value or "" for key, value in match.groupdict().items()}
    anchor = Phrase(part["noun2"], part["colour2"], part["size2"]) if part["noun2"] else None
    phrase = Phrase(part["noun"], part["colour"], part["size"])
    return Reference(phrase, part["extreme"] or part["extreme_phrase"], part["relation"], anchor)


def _one_of(name: str, words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return f"(?P<{name}>{'|'.join(map(re.escape, longest_first))})"


def _phrase_pattern(suffix: str) -> str:
    size, colour = _one_of(f"size{suffix}", SIZE_WORDS), _one_of(f"colour{suffix}", COLOUR_WORDS)
    return f"(?:{size} )?(?:{colour} )?{_one_of(f'noun{suffix}', NOUNS)}"


_GRAMMAR = re.compile(
    f"(?:{_one_of('opening', filter(None, OPENINGS))} )?the (?:{_one_of('extreme', EXTREME_WORDS)} )?"
    f"{_phrase_pattern('')}(?: {_one_of('extreme_phrase', EXTREME_PHRASES)})?"
    f"(?: {_one_of('relation', RELATION_WORDS)} the {_phrase_pattern('2')})?(?: please)?"
)


def instructions(
    things: Sequence[Referent], rng: np.random.Generator, count: int = 8, absent: float = 0.12, ambiguous: float = 0.1
) -> list[Instruction]:
    """Up to ``count`` different true instructions about ``things``.

    ``absent`` and ``ambiguous`` are the wanted shares of instructions that nothing or several things satisfy; the rest
    single out one visible thing by name, attribute or relation. Things that are not visible are never meant, and an
    instruction that would also be true of one is not written.
    """
    writer = _Writer(things, rng)
    shares = np.array([absent, ambiguous, 1 - absent - ambiguous])
    drawers: list[Callable[[], Instruction | None]] = [writer.absent, writer.ambiguous, writer.unique]
    written: dict[str, Instruction] = {}
    for _ in range(4 * count):
        instruction = drawers[rng.choice(3, p=shares)]()
        if instruction is not None and len(written) < count:
            written.setdefault(instruction.text, instruction)
    return list(written.values())


class _Writer:
    """Draws references about one set of things and keeps those whose meaning is certain."""

    def __init__(self, things: Sequence[Referent], rng: np.random.Generator) -> None:
        self.things, self.rng = things, rng
        self.visible = [thing for thing in things if thing.visible]
        self.ways = {"name": self._by_name, "attribute": self._by_attribute, "relation": self._by_relation}

    def unique(self) -> Instruction | None:
        if not self.visible:
            return None
        target = self._any(self.visible)
        kind: InstructionType = self._any(tuple(self.ways))
        options = self._shuffled(self.ways[kind](target))
        option = next((option for option in options if self._meaning(option) == (target.name,)), None)
        return self._say(option, (target.name,), kind) if option else None

    def ambiguous(self) -> Instruction | None:
        if not self.visible:
            return None
        target = self._any(self.visible)
        for option in self._shuffled([*self._by_name(target), *self._by_attribute(target)]):
            meant = self._meaning(option) or ()
            if len(meant) > 1:
                return self._say(option, meant, "ambiguous")
        return None

    def absent(self) -> Instruction | None:
        thing = self._any(self.things)
        other_kind, other_colour = self._any(tuple(KINDS)), self._any(COLOURS)
        options = [
            Reference(Phrase(self._noun(other_kind))),
            Reference(Phrase(self._noun(other_kind), thing.colour)),
            Reference(Phrase(self._noun(thing.kind), other_colour)),
            Reference(Phrase(self._generic(), other_colour)),
            *self._shuffled(self._by_relation(thing))[:2],
        ]
        option = self._any(options)
        return self._say(option, (), "absent") if self._meaning(option) == () else None

    def _meaning(self, reference: Reference) -> tuple[str, ...] | None:
        """What the reference denotes, or None when hidden things or a narrow margin make that a matter of opinion."""
        strict = denote(reference, self.things)
        certain = strict == denote(reference, self.visible)
        if reference.anchor is not None:
            seen = [thing for thing in self.visible if reference.anchor.fits(thing)]
            certain &= strict == denote(reference, self.things, margin=0.0)
            certain &= len(seen) == 1 == sum(map(reference.anchor.fits, self.things))
        return strict if certain else None

    def _by_name(self, thing: Referent) -> list[Reference]:
        nouns = [noun for noun, kinds in NOUNS.items() if thing.kind in kinds and noun not in GENERIC]
        return [Reference(Phrase(noun)) for noun in (*nouns, self._generic())]

    def _by_attribute(self, thing: Referent) -> list[Reference]:
        colour = self._any([word for word, colour in COLOUR_WORDS.items() if colour == thing.colour])
        sizes = [word for word, size in SIZE_WORDS.items() if size == thing.size]
        nouns = [*(self._noun(thing.kind) for _ in range(3)), self._generic()]
        plain = [Reference(Phrase(noun, colour)) for noun in nouns]
        sized = [Reference(Phrase(self._noun(thing.kind), c, size)) for c, size in product(("", colour), sizes)]
        return [*plain, *sized]

    def _by_relation(self, thing: Referent) -> list[Reference]:
        phrases = [
            Phrase(self._noun(thing.kind)),
            Phrase(self._generic()),
            Phrase(self._noun(thing.kind), thing.colour),
        ]
        crowd = [phrase for phrase in phrases if sum(map(phrase.fits, self.things)) > 1]
        extremes = [Reference(phrase, extreme=word) for phrase in crowd for word in (*EXTREME_WORDS, *EXTREME_PHRASES)]
        others = [other for other in self.visible if other is not thing]
        if not others:
            return extremes
        return [*extremes, *(self._beside(self._any(phrases), others, word) for word in RELATION_WORDS)]

    def _beside(self, phrase: Phrase, others: Sequence[Referent], relation: str) -> Reference:
        other = self._any(others)
        colour = "" if self.rng.random() < 0.5 else other.colour
        return Reference(phrase, relation=relation, anchor=Phrase(self._noun(other.kind), colour))

    def _say(self, reference: Reference, targets: tuple[str, ...], kind: InstructionType) -> Instruction:
        opening = self._any(OPENINGS)
        closing = " please" if "please" not in opening and self.rng.random() < 0.2 else ""
        return Instruction(f"{opening} {reference}{closing}".strip(), targets, kind)

    def _noun(self, kind: str) -> str:
        nouns = KINDS[kind].nouns
        return nouns[0] if self.rng.random() < 0.5 else self._any(nouns)

    def _generic(self) -> str:
        return self._any(GENERIC)

    def _shuffled(self, options: list[Reference]) -> list[Reference]:
        return [options[index] for index in self.rng.permutation(len(options))]

    def _any(self, options: Sequence):
        return options[int(self.rng.integers(len(options)))]
