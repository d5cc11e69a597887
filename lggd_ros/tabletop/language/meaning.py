"""What an expression means among the things on a table: the one notion that writing and understanding share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lggd_ros.tabletop.language.vocabulary import (
    COLOUR_WORDS,
    DEBATABLE,
    EXTREMES,
    MATERIAL_WORDS,
    NOUNS,
    PARTS,
    RELATIONS,
    SHAPE_WORDS,
    SIZE_WORDS,
)

MARGIN = 0.03  # metres by which a spatial relation must hold
REACH = 0.17  # metres between centres from which on things are no longer next to each other
ASIDE = 0.09  # metres from the line between two things from which on a third is no longer between them
SIZE_SCALE = 0.165  # metres that a factor e in size counts: the margin is then a fifth


@dataclass(frozen=True)
class Referent:
    """A thing that can be spoken about; ``position`` is (right, away) in metres as the viewer sees the table.

    ``size``: small or large among its kind, or neither. ``material``, ``shape``: one word each, or "" where none is
    plainly true. ``extent``: geometric mean of its sides (m). ``on``: name of the thing it rests on, "" = the table.
    ``parts``: what it has; ``grips``: those of them by which it can be taken here.
    """

    name: str
    kind: str
    colour: str
    size: str
    position: tuple[float, float]
    visible: bool = True
    material: str = ""
    shape: str = ""
    extent: float = 0.06
    on: str = ""
    parts: tuple[str, ...] = ()
    grips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrase:
    """A noun with adjectives, as the words that are said."""

    noun: str
    colour: str = ""
    size: str = ""
    material: str = ""
    shape: str = ""

    def __str__(self) -> str:
        words = (self.size, self.shape, self.colour, self.material, self.noun)
        return " ".join(word for word in words if word)

    def fits(self, thing: Referent) -> bool:
        """Whether the words are true of the thing."""
        return (
            thing.kind in NOUNS[self.noun]
            and (not self.colour or COLOUR_WORDS[self.colour] == thing.colour)
            and (not self.size or SIZE_WORDS[self.size] == thing.size)
            and (not self.material or MATERIAL_WORDS[self.material] == thing.material)
            and (not self.shape or SHAPE_WORDS[self.shape] == thing.shape)
        )

    def debatable(self, thing: Referent) -> bool:
        """Whether people may disagree that the words are true of the thing."""
        named, perhaps = thing.kind in NOUNS[self.noun], thing.kind in DEBATABLE.get(self.noun, ())
        colour = not self.colour or COLOUR_WORDS[self.colour] == thing.colour
        unclear = (self.material and not thing.material) or (self.shape and not self._shape_is_clear(thing))
        return colour and (perhaps or (named and bool(unclear)))

    def _shape_is_clear(self, thing: Referent) -> bool:
        """What is flat may be round or long besides."""
        wanted = SHAPE_WORDS[self.shape]
        return thing.shape == wanted or (thing.shape not in ("", "flat") and wanted != "flat")


@dataclass(frozen=True)
class Reference:
    """A phrase, narrowed by a relation to anchors ("behind the mug"), by an extreme ("leftmost"), by a part to hold.

    ``relation``, ``extreme`` and ``part`` are forms of the vocabulary with slots, "" = none.
    """

    phrase: Phrase
    extreme: str = ""
    relation: str = ""
    anchors: tuple[Phrase, ...] = ()
    part: str = ""

    def __str__(self) -> str:
        text = (self.extreme or "{}").format(self.phrase)
        if self.relation:
            text = self.relation.format(text, *(f"the {anchor}" for anchor in self.anchors))
        return (self.part or "{}").format(f"the {text}")

    @property
    def held_by(self) -> str:
        """The part by which the thing is to be taken, "" = any."""
        return PARTS[self.part] if self.part else ""


def denote(reference: Reference, things: Sequence[Referent], margin: float = MARGIN) -> tuple[str, ...]:
    """Names of the things the reference is true of.

    Directions hold by ``margin`` metres and along their main axis. Things that are within the margin of the leftmost,
    the largest, … count as such too.
    """
    fitting = [thing for thing in things if reference.phrase.fits(thing)]
    if reference.part:
        fitting = [thing for thing in fitting if reference.held_by in thing.parts]
    if reference.relation:
        anchors = [[thing for thing in things if anchor.fits(thing)] for anchor in reference.anchors]
        fitting = _related(RELATIONS[reference.relation], fitting, anchors, margin)
    if reference.extreme:
        fitting = _ranked(fitting, *EXTREMES[reference.extreme], margin)
    return tuple(thing.name for thing in fitting)


def sized_plainly(phrase: Phrase, things: Sequence[Referent], margin: float = MARGIN) -> bool:
    """Whether what the phrase calls small or large is so beside another of its kind that shows, and beside all that
    the other words fit."""
    if not phrase.size:
        return True
    direction, others = SIZE_WORDS[phrase.size], replace(phrase, size="")

    def outdoes(one: Referent, other: Referent) -> bool:
        return _along(one, direction) - _along(other, direction) >= margin

    meant = [thing for thing in things if phrase.fits(thing)]
    rest = [thing for thing in things if others.fits(thing) and thing not in meant]
    apart = all(outdoes(one, other) for one in meant for other in rest)
    return apart and all(any(outdoes(one, t) for t in things if t.visible and t.kind == one.kind) for one in meant)


def _ranked(things: list[Referent], direction: str, rank: int, margin: float) -> list[Referent]:
    """The thing that has ``rank`` others before it in the direction, with all that are hardly farther or nearer."""
    along = [_along(thing, direction) for thing in things]
    if rank >= len(along):
        return []
    place = sorted(along, reverse=True)[rank]
    return [t for t, value in zip(things, along, strict=True) if value == place or abs(value - place) < margin]


def _along(thing: Referent, direction: str) -> float:
    right, away = thing.position
    if direction in ("large", "small"):
        size = SIZE_SCALE * math.log(thing.extent)
        return size if direction == "large" else -size
    return {"left": -right, "right": right, "front": -away, "behind": away}[direction]


def _related(relation: str, things: list[Referent], anchors: list[list[Referent]], margin: float) -> list[Referent]:
    if relation == "between":
        return [
            t for t in things if any(_between(t, a, b, margin) for a in anchors[0] for b in anchors[1] if a is not b)
        ]
    if relation == "nearest":
        return _nearest(things, anchors[0], margin)
    return [t for t in things if any(_holds(relation, t, a, margin) for a in anchors[0] if a is not t)]


def _nearest(things: list[Referent], anchors: list[Referent], margin: float) -> list[Referent]:
    away = {t.name: min((_distance(t, a) for a in anchors if a is not t), default=math.inf) for t in things}
    least = min(away.values(), default=math.inf)
    return [t for t in things if math.inf > away[t.name] and (away[t.name] == least or away[t.name] < least + margin)]


def _holds(relation: str, thing: Referent, anchor: Referent, margin: float) -> bool:
    stacked = anchor.name == thing.on or thing.name == anchor.on
    if stacked or relation == "on":
        return relation == "on" and thing.on == anchor.name
    if relation == "near":
        return _distance(thing, anchor) <= REACH - margin
    along = _along(thing, relation) - _along(anchor, relation)
    (x, y), (x0, y0) = thing.position, anchor.position
    across = abs(x - x0) + abs(y - y0) - abs(along)
    return along >= margin and (along > across or margin <= 0)


def _between(thing: Referent, one: Referent, other: Referent, margin: float) -> bool:
    if thing is one or thing is other:
        return False
    (x, y), (x1, y1), (x2, y2) = thing.position, one.position, other.position
    length = max(math.hypot(x2 - x1, y2 - y1), 1e-9)
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length
    aside = abs((x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)) / length
    return margin <= along <= length - margin and aside <= ASIDE - margin


def _distance(one: Referent, other: Referent) -> float:
    return math.dist(one.position, other.position)
