"""Which things a scene has and where they are put: drawn so that words must decide, packed without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from lggd_ros.tabletop.kinds import KINDS, SEEN_KINDS, SEEN_SPECIMENS, make_object, rest_rotation
from lggd_ros.tabletop.labels import Grasp3D
from lggd_ros.tabletop.layout import CELL, WORK_REGION, Layout, footprint
from lggd_ros.tabletop.objects import ObjectModel

Setup = Literal["isolated", "scattered", "cluttered"]

COUNTS: dict[str, tuple[int, int]] = {"isolated": (1, 1), "scattered": (4, 5), "cluttered": (8, 10)}
SIZE_RATIO = 1.25  # two of a kind are called small and large from here on
DROP = 0.003
OVERHANG = 1.5  # how wide a thing may be, compared with the narrow side of what it is put on
STACKED = 0.5  # share of the things that fit on a flat one which are put there


@dataclass(frozen=True)
class PlacedObject:
    """A thing at rest: ``pose`` (4, 4) in the base frame, and the grasps that reach it among its neighbours.

    ``on`` names the thing that it rests on, "" for the table.
    """

    model: ObjectModel
    pose: np.ndarray
    grasps: tuple[Grasp3D, ...] = ()
    visible: bool = True
    on: str = ""

    @property
    def centre(self) -> np.ndarray:
        """Centre of mass (3,) in the base frame."""
        return self.pose[:3, :3] @ self.model.centre_of_mass + self.pose[:3, 3]


def draw_models(
    setup: str,
    rng: np.random.Generator,
    kinds: Sequence[str] = SEEN_KINDS,
    specimens: Sequence[int] = SEEN_SPECIMENS,
) -> list[ObjectModel]:
    """As many things as the setup asks for, with different names: ``specimens`` of these ``kinds``."""
    low, high = COUNTS[setup]
    models: list[ObjectModel] = []
    for _ in range(rng.integers(low, high + 1)):
        kind, colour, scale = _draw_identity(models, kinds, rng)
        count = sum(model.kind == kind and model.colour == colour for model in models)
        name = f"{colour}_{kind}" + (f"_{count + 1}" if count else "")
        models.append(make_object(name, kind, colour, specimens[int(rng.integers(len(specimens)))], scale))
    return [replace(model, size_word=_size_word(model, models)) for model in models]


def _draw_identity(models: list[ObjectModel], kinds: Sequence[str], rng: np.random.Generator) -> tuple[str, str, float]:
    """Kind, colour and scale; often one that shares kind or colour with an earlier thing, so that words must decide."""
    pool = [*kinds, *(kind for kind in kinds if KINDS[kind].flat)]  # twice: things need something to rest on
    kind, scale = pool[rng.integers(len(pool))], rng.uniform(0.78, 1.0)
    share = rng.random()
    other = models[rng.integers(len(models))] if models else None
    if other is not None and share < 0.3 and sum(model.kind == other.kind for model in models) < 3:
        kind = other.kind
        scale = 0.73 if other.scale > 0.9 else rng.uniform(0.76, 1.0)
    colours = KINDS[kind].colours
    colour = colours[rng.integers(len(colours))]
    if other is not None and (share < 0.08 or 0.3 < share < 0.5) and other.colour in colours:
        colour = other.colour
    return kind, colour, scale


def _size_word(model: ObjectModel, models: list[ObjectModel]) -> str:
    extents = [other.extent for other in models if other.kind == model.kind]
    small, large = max(extents) / model.extent >= SIZE_RATIO, model.extent / min(extents) >= SIZE_RATIO
    return "" if small == large else "small" if small else "large"


def pack(models: list[ObjectModel], setup: str, rng: np.random.Generator) -> list[PlacedObject]:
    """Put things on the table without overlap: far apart when scattered, close to one point when cluttered.

    A small thing may be put on a flat one. A thing that finds no room stays away.
    """
    layout = Layout()
    placed: list[PlacedObject] = []
    focus = np.array([rng.uniform(low + 0.1, high - 0.1) for low, high in WORK_REGION])
    for model in sorted(models, key=lambda model: not KINDS[model.kind].flat):
        thing = _upright(model, rng)
        shape = footprint(model.hulls(thing.pose))
        host = _host(thing, placed) if rng.random() < STACKED else None
        places = layout.free_places(shape, _gap(setup, rng))
        if host is not None:
            place, height = _box(host)[:, :2].mean(axis=0), _box(host)[1, 2]
        elif len(places):
            place, height = places[_choose_place(places, focus, setup, rng)], 0.0
        else:
            continue
        layout.occupy(shape, place)
        placed.append(_moved(thing, np.array([*place, height]), on=host.model.name if host else ""))
    return placed


def _upright(model: ObjectModel, rng: np.random.Generator) -> PlacedObject:
    """The thing as it may rest, just above the origin."""
    pose = np.eye(4)
    pose[:3, :3] = rest_rotation(model.kind, rng)
    low, high = _box(PlacedObject(model, pose))
    pose[:3, 3] = [*-(low + high)[:2] / 2, DROP - low[2]]
    return PlacedObject(model, pose)


def _moved(thing: PlacedObject, offset: np.ndarray, on: str = "") -> PlacedObject:
    pose = thing.pose.copy()
    pose[:3, 3] += offset
    return replace(thing, pose=pose, on=on)


def _box(thing: PlacedObject) -> np.ndarray:
    """Lower and upper corner (2, 3) of the axis-parallel box around the thing."""
    points = np.concatenate(thing.model.hulls(thing.pose))
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _host(thing: PlacedObject, placed: list[PlacedObject]) -> PlacedObject | None:
    """A flat thing on the table, still empty, that ``thing`` overhangs a little at most; flat ones are not piled up."""
    if KINDS[thing.model.kind].flat:
        return None
    taken, wide = {other.on for other in placed}, float(np.ptp(_box(thing)[:, :2], axis=0).max())
    flat = (other for other in placed if KINDS[other.model.kind].flat and not other.on)
    return next((host for host in flat if host.model.name not in taken and wide <= OVERHANG * _narrow_side(host)), None)


def _narrow_side(thing: PlacedObject) -> float:
    outline = np.concatenate(thing.model.hulls(thing.pose))[:, :2].astype(np.float32)
    return min(cv2.minAreaRect(outline)[1])


def _gap(setup: str, rng: np.random.Generator) -> float:
    if setup == "cluttered":
        return 0.0 if rng.random() < 0.2 else rng.uniform(0.006, 0.05)
    return rng.uniform(0.06, 0.08)


def _choose_place(places: np.ndarray, focus: np.ndarray, setup: str, rng: np.random.Generator) -> int:
    if setup != "cluttered":
        return int(rng.integers(len(places)))
    return int(np.argmin(np.linalg.norm(places - focus, axis=1) + rng.uniform(0, CELL, len(places))))
