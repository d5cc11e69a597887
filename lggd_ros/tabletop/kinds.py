"""The kinds of things on the table: what people call them, the colours they come in, and how one is built.

A builder draws the proportions of one specimen at full scale; its z axis points up in its usual rest, and some
top-down direction offers a parallel jaw at most 68 mm. To add a kind, write a builder and register it in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lggd_ros.tabletop.colours import COLOURS, Rgba, draw_colour, shade
from lggd_ros.tabletop.objects import ObjectModel, Part, Vector, quaternion_of

Builder = Callable[[np.random.Generator, Rgba, Rgba], list[Part]]

STEEL: Rgba = (0.62, 0.64, 0.66, 1.0)
DARK: Rgba = (0.1, 0.1, 0.11, 1.0)
PAPER: Rgba = (0.93, 0.91, 0.86, 1.0)
WOOD: Rgba = (0.36, 0.24, 0.14, 1.0)
LEAF: Rgba = (0.2, 0.5, 0.15, 1.0)
GLASS: Rgba = (0.8, 0.87, 0.88, 1.0)
COFFEE: Rgba = (0.2, 0.11, 0.06, 1.0)
AMBER: Rgba = (1.0, 0.85, 0.35, 1.0)


def box(size: Vector, at: Vector, rgba: Rgba, yaw: float = 0.0, **more) -> Part:
    """A box of full ``size`` turned by ``yaw`` about z."""
    quaternion = (float(np.cos(yaw / 2)), 0.0, 0.0, float(np.sin(yaw / 2)))
    return Part("box", (size[0] / 2, size[1] / 2, size[2] / 2), at, rgba, quaternion, **more)


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


def ring(outer: float, inner: float, height: float, z: float, rgba: Rgba, pieces: int = 10) -> list[Part]:
    """A hollow cylinder of boxes, its axis along z."""
    middle, chord = (outer + inner) / 2, 2 * outer * np.tan(np.pi / pieces)
    turns = np.arange(pieces) * 2 * np.pi / pieces
    return [
        box((outer - inner, chord, height), (middle * np.cos(t), middle * np.sin(t), z), rgba, yaw=t) for t in turns
    ]


def mug(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A full mug: cylinder, drink and a square handle."""
    radius, height = rng.uniform(0.029, 0.033), rng.uniform(0.07, 0.09)
    reach, thick = rng.uniform(0.02, 0.026), 0.009
    drink = [COFFEE, shade(main, 0.45), shade(main, 0.65)][rng.integers(3)]
    arm = (reach + 0.004, thick, thick)
    return [
        cylinder(radius, height, (0, 0, height / 2), main),
        cylinder(radius * 0.84, 0.001, (0, 0, height), drink, solid=False),
        box(arm, (radius + reach / 2 - 0.004, 0, height * 0.78), main),
        box(arm, (radius + reach / 2 - 0.004, 0, height * 0.25), main),
        box((thick, thick, height * 0.53 + thick), (radius + reach - 0.004, 0, height * 0.515), main),
    ]


def cup(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A conical drinking cup without a handle, open on top."""
    radius, height = rng.uniform(0.029, 0.033), rng.uniform(0.08, 0.1)
    steps = np.linspace(0.72, 1.0, 4)
    wall = [cylinder(radius * s, height / 4, (0, 0, height * (i + 0.5) / 4), main) for i, s in enumerate(steps)]
    inside = cylinder(radius * 0.88, 0.001, (0, 0, height), shade(main, 0.4), solid=False)
    bottom = cylinder(radius * 0.5, 0.0016, (0, 0, height), shade(main, 0.25), solid=False)
    return [*wall, inside, bottom]


def bowl(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bowl with a thin wall, to be taken by its rim."""
    radius, height = rng.uniform(0.045, 0.052), rng.uniform(0.044, 0.052)
    floor = cylinder(radius - 0.002, 0.003, (0, 0, 0.0015), shade(main, 0.8))
    return [floor, *ring(radius, radius - 0.007, height, height / 2, main)]


def bottle(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bottle with shoulder, neck, cap and label."""
    radius, body = rng.uniform(0.025, 0.031), rng.uniform(0.06, 0.085)
    label = rng.uniform(0.4, 0.6) * body
    return [
        cylinder(radius, body, (0, 0, body / 2), main),
        ellipsoid((radius, radius, 0.017), (0, 0, body), main),
        cylinder(0.0125, 0.042, (0, 0, body + 0.03), main),
        cylinder(0.0145, 0.014, (0, 0, body + 0.055), accent),
        cylinder(radius + 0.0006, label, (0, 0, body * 0.5), accent, solid=False),
    ]


def can(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A drinks can with metal lids, a tab and a band."""
    radius, height = rng.uniform(0.027, 0.033), rng.uniform(0.08, 0.11)
    return [
        cylinder(radius, height, (0, 0, height / 2), main),
        cylinder(radius * 0.78, 0.001, (0, 0, height), STEEL, solid=False),
        cylinder(radius * 0.78, 0.001, (0, 0, 0), STEEL, solid=False),
        box((radius * 0.7, 0.01, 0.002), (radius * 0.2, 0, height + 0.0006), shade(STEEL, 0.6), solid=False),
        cylinder(radius + 0.0006, height * rng.uniform(0.12, 0.3), (0, 0, height * 0.6), accent, solid=False),
    ]


def jar(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A glass jar with a coloured lid and label."""
    radius, height = rng.uniform(0.027, 0.031), rng.uniform(0.05, 0.075)
    return [
        cylinder(radius, height, (0, 0, height / 2), GLASS),
        cylinder(radius + 0.002, 0.016, (0, 0, height + 0.004), main),
        cylinder(radius * 0.8, 0.002, (0, 0, height + 0.012), shade(main, 0.75), solid=False),
        cylinder(radius + 0.0006, height * 0.5, (0, 0, height * 0.45), main, solid=False),
    ]


def carton(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cardboard box with a strip of tape around it and a label."""
    a, b, c = rng.uniform(0.045, 0.064), rng.uniform(0.075, 0.11), rng.uniform(0.03, 0.06)
    skin = 0.0012
    return [
        box((a, b, c), (0, 0, c / 2), main),
        box((a * 0.22, b + skin, c + skin), (0, 0, c / 2), accent, solid=False),
        box((a + skin, b * 0.3, c * 0.5), (0, b * 0.2, c / 2), accent, solid=False),
    ]


def book(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A pocket book: pages between covers, a spine and a title."""
    a, b, c = rng.uniform(0.058, 0.066), rng.uniform(0.085, 0.105), rng.uniform(0.016, 0.028)
    return [
        box((a - 0.004, b - 0.006, c - 0.004), (0.0, 0, c / 2), PAPER),
        box((a, b, 0.003), (0, 0, 0.0015), main),
        box((a, b, 0.003), (0, 0, c - 0.0015), main),
        box((0.003, b, c), (-a / 2 + 0.0015, 0, c / 2), main),
        box((a * 0.6, b * 0.12, 0.001), (0.003, b * 0.22, c), accent, solid=False),
        box((a * 0.4, b * 0.06, 0.001), (0.003, -b * 0.25, c), accent, solid=False),
    ]


def ball(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A ball with a stripe."""
    radius = rng.uniform(0.025, 0.033)
    stripe = cylinder(radius + 0.0003, radius * rng.uniform(0.1, 0.3), (0, 0, radius), accent, "x", solid=False)
    return [ellipsoid((radius, radius, radius), (0, 0, radius), main), stripe]


def banana(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bent row of capsules with brown ends."""
    bend, span = rng.uniform(0.07, 0.1), rng.uniform(0.12, 0.15)
    turns = np.linspace(-0.5, 0.5, 7) * span / bend
    points = [(bend * np.sin(t), bend * (1 - np.cos(t)), 0.017) for t in turns]
    radii = (0.0125, 0.016, 0.0175, 0.0175, 0.016, 0.012)
    flesh = [rod(r, a, b, main) for r, a, b in zip(radii, points[:-1], points[1:], strict=True)]
    beyond = np.array(points[-1]) + 0.7 * (np.array(points[-1]) - points[-2])
    stem = rod(0.005, points[-1], tuple(beyond.tolist()), WOOD)
    tip = ellipsoid((0.008, 0.008, 0.008), (points[0][0] - 0.006, points[0][1] + 0.003, 0.017), WOOD)
    return [*flesh, stem, tip]


def apple(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A slightly flat sphere with a stem and a leaf."""
    radius = rng.uniform(0.028, 0.033)
    squat = radius * rng.uniform(0.86, 0.96)
    return [
        ellipsoid((radius, radius, squat), (0, 0, squat), main),
        ellipsoid((radius * 0.3, radius * 0.3, 0.002), (0, 0, 2 * squat - 0.001), shade(main, 0.5), solid=False),
        rod(0.0022, (0, 0, 2 * squat - 0.004), (0.003, 0, 2 * squat + 0.01), WOOD, solid=False),
        ellipsoid((0.011, 0.005, 0.0015), (0.012, 0, 2 * squat + 0.004), LEAF, solid=False),
    ]


def lemon(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """An ellipsoid with a nipple at each end."""
    length, radius = rng.uniform(0.034, 0.04), rng.uniform(0.023, 0.027)
    knob = (0.009, 0.008, 0.008)
    return [
        ellipsoid((length, radius, radius), (0, 0, radius), main),
        ellipsoid(knob, (length - 0.001, 0, radius), shade(main, 0.85)),
        ellipsoid(knob, (0.001 - length, 0, radius), main),
    ]


def carrot(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A tapering root with leaves."""
    length, radius = rng.uniform(0.1, 0.125), rng.uniform(0.014, 0.0175)
    radii = radius * np.array([1.0, 0.85, 0.66, 0.42])
    step = length / 4
    root = [rod(r, (step * i, 0, radius), (step * (i + 1), 0, radius), main) for i, r in enumerate(radii)]
    leaves = [rod(0.004, (-0.01, 0, radius), (-0.042, y, radius + 0.004), LEAF) for y in (-0.016, 0.0, 0.016)]
    return [*root, *leaves]


def hammer(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A coloured handle and a steel head with face and claw."""
    length, radius = rng.uniform(0.13, 0.165), rng.uniform(0.0105, 0.0125)
    z, head = 0.013, length / 2
    return [
        rod(radius, (-length / 2, 0, z), (length / 2 - 0.01, 0, z), main),
        cylinder(radius + 0.0008, length * 0.1, (-length * 0.42, 0, z), DARK, "x", solid=False),
        box((0.022, 0.05, 0.022), (head, 0, z), STEEL, density=4.0),
        cylinder(0.0145, 0.014, (head, 0.03, z), shade(STEEL, 0.7), "y", density=4.0),
        box((0.012, 0.026, 0.02), (head, -0.034, z), shade(STEEL, 0.8), density=4.0),
    ]


def screwdriver(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A thick handle with grip bands, a thin steel shaft and a flat tip."""
    handle, shaft, radius = rng.uniform(0.07, 0.085), rng.uniform(0.06, 0.085), rng.uniform(0.0125, 0.0155)
    return [
        cylinder(radius, handle, (-handle / 2, 0, radius), main, "x"),
        ellipsoid((0.012, radius, radius), (-handle, 0, radius), main),
        cylinder(radius * 0.7, 0.014, (0.007, 0, radius), main, "x"),
        cylinder(0.0036, shaft, (shaft / 2 + 0.01, 0, radius), STEEL, "x", density=3.0),
        box((0.012, 0.009, 0.003), (shaft + 0.012, 0, radius), STEEL),
        cylinder(radius + 0.0005, 0.008, (-handle * 0.2, 0, radius), accent, "x", solid=False),
        cylinder(radius + 0.0005, 0.008, (-handle * 0.8, 0, radius), accent, "x", solid=False),
    ]


def marker(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A felt pen with a thicker, darker cap, a clip and an end plug."""
    barrel, radius = rng.uniform(0.08, 0.1), rng.uniform(0.0085, 0.01)
    cap = radius + 0.0015
    return [
        cylinder(radius, barrel, (-barrel / 2, 0, cap), main, "x"),
        cylinder(cap, 0.035, (0.0175, 0, cap), shade(main, 0.6), "x"),
        cylinder(radius * 0.7, 0.006, (-barrel - 0.003, 0, cap), accent, "x"),
        box((0.03, 0.004, 0.002), (0.014, 0, 2 * cap), accent, solid=False),
        cylinder(radius + 0.0004, 0.022, (-barrel * 0.5, 0, cap), PAPER, "x", solid=False),
    ]


def sponge(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A waisted kitchen sponge with pores, on a scouring pad."""
    a, b, c = rng.uniform(0.056, 0.066), rng.uniform(0.085, 0.105), rng.uniform(0.026, 0.034)
    end, top = (a, b * 0.3, c), c + 0.007
    pores = rng.uniform(-0.38, 0.38, (6, 2)) * (a * 0.8, b)
    return [
        box((a, b, 0.007), (0, 0, 0.0035), (0.13, 0.3, 0.2, 1.0)),
        box(end, (0, b * 0.35, 0.007 + c / 2), main),
        box(end, (0, -b * 0.35, 0.007 + c / 2), main),
        box((a * 0.82, b * 0.4, c), (0, 0, 0.007 + c / 2), main),
        *(cylinder(0.0035, 0.001, (x, y, top), shade(main, 0.6), solid=False) for x, y in pores),
    ]


def tape(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A roll of adhesive tape: a thick ring lying flat."""
    outer, width = rng.uniform(0.03, 0.0325), rng.uniform(0.018, 0.028)
    return ring(outer, outer * 0.7, width, width / 2, main)


def remote(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A remote control with a keypad, a dial and a red power button."""
    a, b, c = rng.uniform(0.038, 0.048), rng.uniform(0.12, 0.15), rng.uniform(0.018, 0.024)
    rows, columns = (-0.38, -0.24, -0.1), (-0.24, 0.24)
    key = (a * 0.24, b * 0.07, 0.003)
    return [
        box((a, b, c), (0, 0, c / 2), main),
        *(box(key, (a * x, b * y, c), accent, solid=False) for y in rows for x in columns),
        cylinder(a * 0.33, 0.003, (0, b * 0.16, c), accent, solid=False),
        cylinder(a * 0.13, 0.004, (a * 0.22, b * 0.4, c), (0.85, 0.1, 0.1, 1.0), solid=False),
    ]


def cube(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy cube with a lighter panel on every face."""
    side = rng.uniform(0.042, 0.056)
    skin, panel, light = side + 0.0008, side * 0.68, shade(main, 1.6) if sum(main[:3]) < 2.4 else shade(main, 0.82)
    slabs = ((skin, panel, panel), (panel, skin, panel), (panel, panel, skin))
    return [
        box((side, side, side), (0, 0, side / 2), main),
        *(box(slab, (0, 0, side / 2), light, solid=False) for slab in slabs),
    ]


def spoon(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cooking spoon."""
    length, radius = rng.uniform(0.09, 0.12), rng.uniform(0.0055, 0.007)
    return [
        ellipsoid((0.03, 0.021, 0.009), (0, 0, 0.009), main),
        ellipsoid((0.02, 0.013, 0.002), (0, 0, 0.0165), shade(main, 0.6), solid=False),
        rod(radius, (0.022, 0, 0.008), (length, 0, 0.008), main),
        ellipsoid((0.012, 0.009, 0.0075), (length, 0, 0.008), main),
    ]


def torch(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A flashlight: handle, collar, wide head, lens and switch."""
    length, radius = rng.uniform(0.075, 0.1), rng.uniform(0.0125, 0.0155)
    z = head = radius * 1.55
    return [
        cylinder(radius, length, (-length / 2, 0, z), main, "x"),
        cylinder(radius * 1.25, 0.012, (0.005, 0, z), main, "x"),
        cylinder(head, 0.028, (0.024, 0, z), main, "x"),
        cylinder(head * 0.86, 0.001, (0.038, 0, z), AMBER, "x", solid=False),
        cylinder(head + 0.0005, 0.006, (0.033, 0, z), STEEL, "x", solid=False),
        box((0.016, 0.008, 2 * radius + 0.003), (-length * 0.2, 0, z), accent, solid=False),
        *(cylinder(radius + 0.0006, 0.005, (-length * s, 0, z), DARK, "x", solid=False) for s in (0.55, 0.7, 0.85)),
    ]


def car(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy car: body, cabin with dark windows, four wheels, lamps."""
    length, width = rng.uniform(0.085, 0.105), rng.uniform(0.04, 0.048)
    axle, side = length * 0.31, width / 2
    return [
        box((length, width, 0.022), (0, 0, 0.022), main),
        box((length * 0.5, width * 0.84, 0.02), (-length * 0.06, 0, 0.042), main),
        box((length * 0.53, width * 0.7, 0.013), (-length * 0.06, 0, 0.042), DARK, solid=False),
        box((length * 0.38, width * 0.87, 0.013), (-length * 0.06, 0, 0.042), DARK, solid=False),
        *(
            cylinder(0.013, 0.009, (x, y, 0.013), DARK, "y")
            for x in (-axle, axle)
            for y in (-side - 0.003, side + 0.003)
        ),
        *(box((0.002, 0.009, 0.007), (length / 2, y, 0.025), AMBER, solid=False) for y in (-side * 0.6, side * 0.6)),
    ]


def duck(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bath duck: body on a flat bottom, tail, head, beak and eyes."""
    long, wide = rng.uniform(0.034, 0.042), rng.uniform(0.026, 0.031)
    beak: Rgba = (0.95, 0.5, 0.05, 1.0)
    head = long * 0.55
    return [
        box((long, wide, 0.01), (0, 0, 0.005), main),
        ellipsoid((long, wide, 0.024), (0, 0, 0.025), main),
        ellipsoid((0.016, 0.012, 0.008), (-long * 0.95, 0, 0.036), main),
        ellipsoid((0.018, 0.018, 0.018), (head, 0, 0.036), main),
        ellipsoid((0.013, 0.01, 0.005), (head + 0.02, 0, 0.035), beak),
        *(ellipsoid((0.004, 0.004, 0.004), (head + 0.011, y, 0.046), DARK, solid=False) for y in (-0.01, 0.01)),
    ]


@dataclass(frozen=True)
class Kind:
    """One kind: its builder, its names (the first is the usual one), its colours and its mass range (kg) at full scale.

    ``lying`` is the share that rests on its side, ``facets`` whether that side is one of four flat ones.
    """

    build: Builder
    nouns: tuple[str, ...]
    mass: tuple[float, float]
    colours: tuple[str, ...] = COLOURS
    lying: float = 0.0
    facets: bool = False


KINDS: dict[str, Kind] = {
    "mug": Kind(mug, ("mug", "coffee mug"), (0.15, 0.3), lying=0.1),
    "cup": Kind(cup, ("cup", "drinking cup", "tumbler"), (0.04, 0.12), lying=0.3),
    "bowl": Kind(bowl, ("bowl", "dish"), (0.08, 0.2)),
    "bottle": Kind(bottle, ("bottle",), (0.1, 0.3), lying=0.7),
    "can": Kind(can, ("can", "tin", "soda can"), (0.08, 0.3), lying=0.4),
    "jar": Kind(jar, ("jar", "glass jar"), (0.12, 0.3), lying=0.2),
    "box": Kind(carton, ("box", "carton", "package"), (0.08, 0.25), lying=0.3, facets=True),
    "book": Kind(book, ("book", "notebook"), (0.1, 0.25)),
    "ball": Kind(ball, ("ball",), (0.04, 0.15)),
    "banana": Kind(banana, ("banana",), (0.1, 0.18), ("yellow", "green")),
    "apple": Kind(apple, ("apple",), (0.1, 0.2), ("red", "green", "yellow")),
    "lemon": Kind(lemon, ("lemon",), (0.06, 0.12), ("yellow", "green")),
    "carrot": Kind(carrot, ("carrot",), (0.05, 0.12), ("orange", "purple", "yellow")),
    "hammer": Kind(hammer, ("hammer", "mallet"), (0.15, 0.3)),
    "screwdriver": Kind(screwdriver, ("screwdriver", "screw driver"), (0.06, 0.15)),
    "marker": Kind(marker, ("marker", "pen", "felt pen"), (0.03, 0.06)),
    "sponge": Kind(sponge, ("sponge", "kitchen sponge"), (0.03, 0.08)),
    "tape": Kind(tape, ("tape", "roll of tape", "tape roll"), (0.05, 0.12)),
    "remote": Kind(remote, ("remote", "remote control"), (0.08, 0.15)),
    "cube": Kind(cube, ("cube", "block", "toy block"), (0.04, 0.15)),
    "spoon": Kind(spoon, ("spoon", "cooking spoon"), (0.03, 0.08)),
    "torch": Kind(torch, ("torch", "flashlight"), (0.08, 0.2)),
    "car": Kind(car, ("car", "toy car"), (0.06, 0.15)),
    "duck": Kind(duck, ("duck", "rubber duck"), (0.04, 0.1)),
}

ACCENTS = ("white", "black", "grey")


def make_object(name: str, kind: str, colour: str, scale: float, rng: np.random.Generator) -> ObjectModel:
    """One specimen of a kind in a colour; ``scale`` in (0, 1] shrinks it from full size."""
    family = KINDS[kind]
    accents = [accent for accent in ACCENTS if accent != colour]
    accent = draw_colour(accents[rng.integers(len(accents))], rng)
    parts = family.build(rng, draw_colour(colour, rng), accent)
    return ObjectModel(
        name=name,
        kind=kind,
        colour=colour,
        parts=tuple(part.scaled(scale) for part in parts),
        mass=max(0.03, rng.uniform(*family.mass) * scale**2),
        scale=scale,
        gloss=rng.uniform(0.05, 0.6),
    )


def rest_rotation(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A rotation (3, 3) in which a thing of this kind may rest on the table, with random yaw."""
    family = KINDS[kind]
    turn = rng.uniform(0, 2 * np.pi)
    if rng.random() >= family.lying:
        return _about_z(turn)
    spin = rng.integers(4) * np.pi / 2 if family.facets else rng.uniform(0, 2 * np.pi)
    on_side = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    return _about_z(turn) @ on_side @ _about_z(spin)


def _about_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
