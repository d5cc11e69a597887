"""Fruit, vegetables and the like."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import AMBER, LEAF, WOOD, cylinder, ellipsoid, rod
from lggd_ros.tabletop.objects import Part

SKIN = ("skin",)


def banana(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bent row of capsules with brown ends."""
    bend, span, thick = rng.uniform(0.07, 0.1), rng.uniform(0.12, 0.15), rng.uniform(0.9, 1.05)
    turns = np.linspace(-0.5, 0.5, 7) * span / bend
    points = [(bend * np.sin(t), bend * (1 - np.cos(t)), 0.017) for t in turns]
    radii = thick * np.array((0.0125, 0.016, 0.0175, 0.0175, 0.016, 0.012))
    flesh = [rod(r, a, b, main) for r, a, b in zip(radii.tolist(), points[:-1], points[1:], strict=True)]
    beyond = np.array(points[-1]) + 0.7 * (np.array(points[-1]) - points[-2])
    stem = rod(0.005, points[-1], tuple(beyond.tolist()), WOOD)
    tip = ellipsoid((0.008, 0.008, 0.008), (points[0][0] - 0.006, points[0][1] + 0.003, 0.017), WOOD)
    spots = [
        ellipsoid((0.004, 0.003, 0.002), (x, y, 0.017 * (1 + thick)), WOOD, solid=False) for x, y, _ in points[2:5]
    ]
    return [*flesh, stem, tip, *(spots if rng.random() < 0.4 else [])]


def apple(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A slightly flat sphere with a stem and a leaf."""
    radius = rng.uniform(0.028, 0.033)
    squat = radius * rng.uniform(0.84, 0.98)
    return [
        ellipsoid((radius, radius, squat), (0, 0, squat), main),
        ellipsoid((radius * 0.3, radius * 0.3, 0.002), (0, 0, 2 * squat - 0.001), shade(main, 0.5), solid=False),
        rod(0.0022, (0, 0, 2 * squat - 0.004), (0.003, 0, 2 * squat + 0.01), WOOD, solid=False),
        ellipsoid((0.011, 0.005, 0.0015), (0.012, 0, 2 * squat + 0.004), LEAF, solid=False),
    ]


def pear(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A pear lying on its side: a round belly that narrows to the stem."""
    radius, length = rng.uniform(0.026, 0.03), rng.uniform(0.036, 0.044)
    thin = radius * rng.uniform(0.52, 0.62)
    return [
        ellipsoid((radius * 1.05, radius, radius), (0, 0, radius), main),
        ellipsoid((length * 0.75, thin * 1.25, thin * 1.25), (length * 0.45, 0, radius * 0.9), main),
        ellipsoid((thin * 1.1, thin, thin), (length, 0, radius * 0.85), main),
        rod(0.0022, (length + thin, 0, radius * 0.9), (length + thin + 0.012, 0.003, radius), WOOD, solid=False),
        ellipsoid((0.003, 0.007, 0.007), (-radius * 1.03, 0, radius), WOOD, solid=False),
    ]


def tangerine(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A flat ball with pores and a green star where the stem was."""
    radius = rng.uniform(0.027, 0.033)
    squat = radius * rng.uniform(0.76, 0.86)
    turns = rng.uniform(0, 2 * np.pi, 8)
    pores = [(0.62 * radius * np.cos(t), 0.62 * radius * np.sin(t), squat * 1.77) for t in turns]
    return [
        ellipsoid((radius, radius, squat), (0, 0, squat), main),
        *(ellipsoid((0.0018, 0.0018, 0.0014), pore, shade(main, 0.72), solid=False) for pore in pores),
        ellipsoid((0.0075, 0.003, 0.002), (0, 0, 2 * squat), LEAF, solid=False),
        ellipsoid((0.003, 0.0075, 0.002), (0, 0, 2 * squat), LEAF, solid=False),
    ]


def lemon(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """An ellipsoid with a nipple at each end."""
    length, radius = rng.uniform(0.033, 0.04), rng.uniform(0.022, 0.027)
    knob = (0.009, 0.008, 0.008)
    return [
        ellipsoid((length, radius, radius), (0, 0, radius), main),
        ellipsoid(knob, (length - 0.001, 0, radius), shade(main, 0.85)),
        ellipsoid(knob, (0.001 - length, 0, radius), main),
    ]


def carrot(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A tapering root with leaves."""
    length, radius = rng.uniform(0.095, 0.125), rng.uniform(0.014, 0.0175)
    radii = radius * np.array([1.0, 0.85, 0.66, 0.42])
    step = length / 4
    root = [rod(r, (step * i, 0, radius), (step * (i + 1), 0, radius), main) for i, r in enumerate(radii.tolist())]
    leaves = [rod(0.004, (-0.01, 0, radius), (-0.042, y, radius + 0.004), LEAF) for y in (-0.016, 0.0, 0.016)]
    return [*root, *leaves]


def pepper(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bell pepper: four lobes around a thick green stem."""
    radius, height = rng.uniform(0.016, 0.018), rng.uniform(0.028, 0.036)
    offset = radius * 0.6
    turns = np.arange(4) * np.pi / 2 + np.pi / 4
    return [
        cylinder(radius * 0.9, 0.01, (0, 0, 0.005), main),
        ellipsoid((radius * 1.5, radius * 1.5, height * 0.96), (0, 0, height), shade(main, 0.85)),
        *(
            ellipsoid((radius, radius, height), (offset * np.cos(t), offset * np.sin(t), height), main)
            for t in turns.tolist()
        ),
        ellipsoid((radius * 0.8, radius * 0.8, 0.004), (0, 0, 2 * height - 0.004), LEAF),
        rod(0.005, (0, 0, 2 * height - 0.004), (0.004, 0.002, 2 * height + 0.012), LEAF),
    ]


def eggplant(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """An aubergine: a long drop with a green cap."""
    radius, length = rng.uniform(0.022, 0.027), rng.uniform(0.05, 0.065)
    neck = radius * rng.uniform(0.62, 0.72)
    return [
        ellipsoid((radius * 1.3, radius, radius), (0, 0, radius), main),
        ellipsoid((length * 0.8, neck * 1.15, neck * 1.15), (length * 0.4, 0, radius * 0.92), main),
        ellipsoid((neck * 1.2, neck, neck), (length, 0, radius * 0.85), main),
        ellipsoid((neck * 0.8, neck * 1.02, neck * 1.02), (length + neck * 0.7, 0, radius * 0.85), LEAF),
        rod(0.004, (length + neck, 0, radius * 0.85), (length + neck + 0.018, 0.004, radius), LEAF),
    ]


def egg(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """An egg on its side."""
    radius = rng.uniform(0.02, 0.024)
    return [
        ellipsoid((radius * 1.15, radius, radius), (0, 0, radius), main),
        ellipsoid((radius * 1.2, radius * 0.93, radius * 0.93), (radius * 0.14, 0, radius), main),
    ]


def cucumber(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A slightly bent cucumber with lighter stripes."""
    radius, length, bend = rng.uniform(0.015, 0.019), rng.uniform(0.1, 0.125), rng.uniform(0.004, 0.012)
    xs = np.linspace(-0.5, 0.5, 4) * length
    points = [(float(x), float(bend * (2 * x / length) ** 2), radius) for x in xs]
    pairs = list(zip(points[:-1], points[1:], strict=True))
    raised = [[(x, y, z + radius * 0.93) for x, y, z in pair] for pair in pairs]
    return [
        *(rod(radius, a, b, main) for a, b in pairs),
        *(rod(radius * 0.12, a, b, shade(main, 1.5), solid=False) for a, b in raised),
        ellipsoid((0.004, 0.006, 0.006), (points[-1][0] + radius, points[-1][1], radius), AMBER, solid=False),
    ]


def mushroom(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A mushroom on a short stem, its cap dotted."""
    cap, stem, height = rng.uniform(0.025, 0.032), rng.uniform(0.012, 0.016), rng.uniform(0.018, 0.02)
    turns = np.arange(5) * 2 * np.pi / 5 + rng.uniform(0, 1)
    spots = [(cap * 0.55 * np.cos(t), cap * 0.55 * np.sin(t), height * 1.83) for t in turns.tolist()]
    return [
        cylinder(stem, height, (0, 0, height / 2), (0.93, 0.89, 0.8, 1.0)),
        ellipsoid((cap, cap, height), (0, 0, height), main),
        *(ellipsoid((0.005, 0.005, 0.002), spot, shade(main, 1.8), solid=False) for spot in spots),
    ]


FOOD = {
    "banana": Kind(banana, ("banana",), (0.1, 0.18), ("yellow", "green"), SKIN, "long"),
    "apple": Kind(apple, ("apple",), (0.1, 0.2), ("red", "green", "yellow"), SKIN, "round"),
    "pear": Kind(pear, ("pear",), (0.1, 0.18), ("green", "yellow", "red"), SKIN),
    "tangerine": Kind(tangerine, ("tangerine", "mandarin"), (0.08, 0.15), ("orange",), SKIN, "round"),
    "lemon": Kind(lemon, ("lemon",), (0.06, 0.12), ("yellow", "green"), SKIN),
    "carrot": Kind(carrot, ("carrot",), (0.05, 0.12), ("orange", "purple", "yellow"), SKIN, "long"),
    "pepper": Kind(pepper, ("pepper", "bell pepper"), (0.08, 0.16), ("red", "green", "yellow", "orange"), SKIN),
    "eggplant": Kind(eggplant, ("eggplant", "aubergine"), (0.1, 0.2), ("purple", "black", "white"), SKIN, "long"),
    "egg": Kind(egg, ("egg",), (0.04, 0.07), ("white", "brown"), SKIN, "round"),
    "cucumber": Kind(cucumber, ("cucumber",), (0.08, 0.18), ("green",), SKIN, "long"),
    "mushroom": Kind(mushroom, ("mushroom",), (0.03, 0.08), ("red", "brown", "white", "yellow"), SKIN),
}
