"""The primitives that things are built from, and patterns that only colour a surface."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba
from lggd_ros.tabletop.objects import Part, Vector, quaternion_of

STEEL: Rgba = (0.62, 0.64, 0.66, 1.0)
DARK: Rgba = (0.1, 0.1, 0.11, 1.0)
PAPER: Rgba = (0.93, 0.91, 0.86, 1.0)
WOOD: Rgba = (0.36, 0.24, 0.14, 1.0)
PINE: Rgba = (0.76, 0.58, 0.36, 1.0)
LEAF: Rgba = (0.2, 0.5, 0.15, 1.0)
GLASS: Rgba = (0.8, 0.87, 0.88, 1.0)
COFFEE: Rgba = (0.2, 0.11, 0.06, 1.0)
AMBER: Rgba = (1.0, 0.85, 0.35, 1.0)
SCARLET: Rgba = (0.85, 0.1, 0.1, 1.0)

SKIN = 0.0006  # how far a pattern stands out from the surface that it colours (m)


def box(size: Vector, at: Vector, rgba: Rgba, yaw: float = 0.0, **more) -> Part:
    """A box of full ``size`` turned by ``yaw`` about z."""
    quaternion = (float(np.cos(yaw / 2)), 0.0, 0.0, float(np.sin(yaw / 2)))
    return Part("box", (size[0] / 2, size[1] / 2, size[2] / 2), at, rgba, quaternion, **more)


def bar(width: float, height: float, start: Vector, end: Vector, rgba: Rgba, **more) -> Part:
    """A box of ``width`` and ``height`` that runs level from ``start`` to ``end``."""
    a, b = np.array(start), np.array(end)
    middle, along = (a + b) / 2, b - a
    size = (float(np.hypot(*along[:2])), width, height)
    return box(size, tuple(middle.tolist()), rgba, yaw=float(np.arctan2(along[1], along[0])), **more)


def cylinder(radius: float, length: float, at: Vector, rgba: Rgba, axis: str = "z", **more) -> Part:
    """A cylinder of full ``length`` along a coordinate axis."""
    turn = {"x": (0.5**0.5, 0.0, 0.5**0.5, 0.0), "y": (0.5**0.5, 0.5**0.5, 0.0, 0.0), "z": (1.0, 0.0, 0.0, 0.0)}[axis]
    return Part("cylinder", (radius, radius, length / 2), at, rgba, turn, **more)


def ellipsoid(radii: Vector, at: Vector, rgba: Rgba, **more) -> Part:
    """An ellipsoid with half axes ``radii``."""
    return Part("ellipsoid", radii, at, rgba, **more)


def rod(radius: float, start: Vector, end: Vector, rgba: Rgba, **more) -> Part:
    """A capsule whose caps are centred on ``start`` and ``end``."""
    a, b = np.array(start), np.array(end)
    z = (b - a) / np.linalg.norm(b - a)
    x = np.cross(z, [0.0, 0.0, 1.0] if abs(z[2]) < 0.9 else [1.0, 0.0, 0.0])
    x /= np.linalg.norm(x)
    quaternion = tuple(quaternion_of(np.stack([x, np.cross(z, x), z], axis=1)).tolist())
    half = float(np.linalg.norm(b - a)) / 2
    return Part("capsule", (radius, radius, half), tuple(((a + b) / 2).tolist()), rgba, quaternion, **more)


def ring(outer: float, inner: float, height: float, z: float, rgba: Rgba, pieces: int = 10, **more) -> list[Part]:
    """A hollow cylinder of boxes, its axis along z."""
    middle, chord = (outer + inner) / 2, 2 * outer * np.tan(np.pi / pieces)
    turns = np.arange(pieces) * 2 * np.pi / pieces
    size = (outer - inner, chord, height)
    return [box(size, (middle * np.cos(t), middle * np.sin(t), z), rgba, yaw=t, **more) for t in turns]


def loop(radius: float, centre: Vector, size: tuple[float, float], rgba: Rgba, pieces: int = 8, **more) -> list[Part]:
    """A flat ring of rods, ``size`` its half axes in the plane: the eye of a pair of scissors, say."""
    turns = np.linspace(0, 2 * np.pi, pieces + 1)
    points = [(centre[0] + size[0] * np.cos(t), centre[1] + size[1] * np.sin(t), centre[2]) for t in turns]
    return [rod(radius, a, b, rgba, **more) for a, b in zip(points[:-1], points[1:], strict=True)]


def wrap(rng: np.random.Generator, radius: float, length: float, at: Vector, rgba: Rgba, axis: str = "z") -> list[Part]:
    """A pattern around a cylinder: none, a broad label, one to three bands, or dots."""
    return [_plain, _label, _bands, _dots][rng.integers(4)](rng, radius + SKIN, length, at, rgba, axis)


def _plain(rng, radius, length, at, rgba, axis) -> list[Part]:
    return []


def _label(rng, radius, length, at, rgba, axis) -> list[Part]:
    return [cylinder(radius, length * rng.uniform(0.4, 0.6), at, rgba, axis, solid=False)]


def _bands(rng, radius, length, at, rgba, axis) -> list[Part]:
    shares = np.linspace(-0.34, 0.34, rng.integers(2, 5))
    step = np.eye(3)["xyz".index(axis)] * length
    places = [tuple((at + step * share).tolist()) for share in shares]
    return [cylinder(radius, length * 0.09, place, rgba, axis, solid=False) for place in places]


def _dots(rng, radius, length, at, rgba, axis) -> list[Part]:
    """Balls sunk in the surface, so that their caps show."""
    along = np.eye(3)["xyz".index(axis)]
    one, other = np.eye(3)[[i for i in range(3) if not along[i]]]
    size, dots = rng.uniform(0.005, 0.008), []
    for index in range(12):
        turn = index * np.pi / 3 + (index >= 6) * np.pi / 6
        side = (radius - size * 0.9) * (one * np.cos(turn) + other * np.sin(turn))
        place = at + side + along * length * (0.2 if index < 6 else -0.2)
        dots.append(ellipsoid((size, size, size), tuple(place.tolist()), rgba, solid=False))
    return dots


def print_box(rng: np.random.Generator, size: Vector, at: Vector, rgba: Rgba) -> list[Part]:
    """A pattern on the faces of a box: a strip around it, a panel on two faces, stripes, or a cross."""
    a, b, c = (side + 2 * SKIN for side in size)
    return [
        [box((a * 0.24, b, c), at, rgba, solid=False)],
        [box((a * 0.62, b * 0.5, c), at, rgba, solid=False), box((a, b * 0.5, c * 0.6), at, rgba, solid=False)],
        [box((a, b * 0.09, c), (at[0], at[1] + b * y, at[2]), rgba, solid=False) for y in (-0.32, -0.1, 0.12, 0.34)],
        [box((a * 0.16, b, c), at, rgba, solid=False), box((a, b * 0.12, c), at, rgba, solid=False)],
    ][rng.integers(4)]
