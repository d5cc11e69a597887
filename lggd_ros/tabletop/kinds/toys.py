"""Toys."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import AMBER, DARK, PAPER, WOOD, box, cylinder, ellipsoid, rod
from lggd_ros.tabletop.objects import Part


def ball(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A ball: plain, striped, crossed or dotted."""
    radius, wide = rng.uniform(0.024, 0.033), rng.uniform(0.1, 0.35)
    centre = (0.0, 0.0, radius)
    stripes = [cylinder(radius + 0.0003, radius * wide, centre, accent, axis, solid=False) for axis in "xyz"]
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    spots = [tuple(radius * (np.array(c) * 0.53 + (0, 0, 1))) for c in corners]
    dots = [ellipsoid((radius * 0.22,) * 3, spot, accent, solid=False) for spot in spots]
    pattern = ([], stripes[:1], stripes[:2], stripes, dots)[rng.integers(5)]
    return [ellipsoid((radius, radius, radius), centre, main), *pattern]


def cube(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy cube with a lighter panel on every face."""
    side = rng.uniform(0.04, 0.056)
    skin, panel, light = side + 0.0008, side * 0.68, shade(main, 1.6) if sum(main[:3]) < 2.4 else shade(main, 0.82)
    slabs = ((skin, panel, panel), (panel, skin, panel), (panel, panel, skin))
    return [
        box((side, side, side), (0, 0, side / 2), main),
        *(box(slab, (0, 0, side / 2), light, solid=False) for slab in slabs),
    ]


def dice(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A large die with pips on all faces."""
    side = rng.uniform(0.034, 0.046)
    half, step, pip = side / 2, side * 0.26, side * 0.085
    five = [(0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)]
    six = [(x, y) for x in (-1, 0, 1) for y in (-1, 1)]
    faces = [(2, 1, five), (2, -1, [(0, 0), (-1, -1)]), (0, 1, [(0, 0), (-1, -1), (1, 1)])]
    faces += [(0, -1, five[1:]), (1, 1, six), (1, -1, [(0, 0)])]
    pips = []
    for axis, side_of, spots in faces:
        for u, v in spots:
            at = np.insert(np.array([u, v]) * step, axis, side_of * half) + (0, 0, half)
            flat = np.insert([pip, pip], axis, 0.0008)
            pips.append(ellipsoid(tuple(flat.tolist()), tuple(at.tolist()), accent, solid=False))
    return [box((side, side, side), (0, 0, half), main), *pips]


def car(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy car: body, cabin with dark windows, four wheels, lamps, perhaps a stripe."""
    length, width = rng.uniform(0.08, 0.105), rng.uniform(0.038, 0.048)
    axle, side, roof = length * 0.31, width / 2, length * rng.uniform(0.4, 0.6)
    stripe = (
        [box((length + 0.001, width * 0.2, 0.0226), (0, 0, 0.022), accent, solid=False)] if rng.random() < 0.4 else []
    )
    return [
        box((length, width, 0.022), (0, 0, 0.022), main),
        box((roof, width * 0.84, 0.02), (-length * 0.06, 0, 0.042), main),
        box((roof * 1.05, width * 0.7, 0.013), (-length * 0.06, 0, 0.042), DARK, solid=False),
        box((roof * 0.76, width * 0.87, 0.013), (-length * 0.06, 0, 0.042), DARK, solid=False),
        *_wheels((-axle, axle), side + 0.003, 0.013),
        *(box((0.002, 0.009, 0.007), (length / 2, y, 0.025), AMBER, solid=False) for y in (-side * 0.6, side * 0.6)),
        *stripe,
    ]


def train(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy locomotive: boiler with a chimney and a dome, a cab with a roof, wheels."""
    length, width = rng.uniform(0.085, 0.105), rng.uniform(0.034, 0.042)
    boiler, side, front = width * 0.42, width / 2, length / 2
    top = 0.022 + 2 * boiler
    return [
        box((length, width, 0.012), (0, 0, 0.016), accent),
        cylinder(boiler, length * 0.62, (length * 0.16, 0, 0.02 + boiler), main, "x"),
        box((length * 0.3, width, 0.036), (-front + length * 0.15, 0, 0.04), main),
        box((length * 0.36, width * 1.14, 0.005), (-front + length * 0.15, 0, 0.06), shade(main, 0.6)),
        cylinder(0.0075, 0.02, (front * 0.66, 0, top + 0.005), DARK),
        ellipsoid((0.008, 0.008, 0.007), (front * 0.16, 0, top), AMBER),
        cylinder(boiler * 0.9, 0.001, (length * 0.47, 0, 0.02 + boiler), DARK, "x", solid=False),
        box((length * 0.16, width + 0.001, 0.014), (-front + length * 0.15, 0, 0.046), DARK, solid=False),
        *_wheels((-front * 0.62, front * 0.55), side + 0.002, 0.0115),
    ]


def _wheels(axles: tuple[float, float], side: float, radius: float) -> list[Part]:
    return [cylinder(radius, 0.009, (x, y, radius), DARK, "y") for x in axles for y in (-side, side)]


def boat(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy boat: a hull with a pointed bow, a deck, a cabin and a funnel."""
    length, width = rng.uniform(0.055, 0.07), rng.uniform(0.04, 0.05)
    half, high = length / 2, 0.026
    bow = [
        box((length * 0.14, width * share, high), (half + length * (0.06 + 0.13 * i), 0, high / 2), main)
        for i, share in enumerate((0.86, 0.62, 0.34))
    ]
    return [
        box((length, width, high), (0, 0, high / 2), main, label="body"),
        *bow,
        cylinder(width / 2, high, (-half, 0, high / 2), main, label="body"),
        box((length * 0.96, width * 0.78, 0.001), (-0.001, 0, high), PAPER, solid=False),
        box((length * 0.5, width * 0.56, 0.016), (-length * 0.1, 0, high + 0.008), accent, label="head"),
        cylinder(0.0075, 0.018, (-length * 0.1, 0, high + 0.025), main),
        cylinder(0.0079, 0.005, (-length * 0.1, 0, high + 0.03), DARK, solid=False),
    ]


def duck(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bath duck: body on a flat bottom, tail, head, beak and eyes."""
    long, wide = rng.uniform(0.034, 0.042), rng.uniform(0.026, 0.031)
    beak: Rgba = (0.95, 0.5, 0.05, 1.0)
    head = long * 0.55
    return [
        box((long, wide, 0.01), (0, 0, 0.005), main),
        ellipsoid((long, wide, 0.024), (0, 0, 0.025), main, label="body"),
        ellipsoid((0.016, 0.012, 0.008), (-long * 0.95, 0, 0.036), main),
        ellipsoid((0.018, 0.018, 0.018), (head, 0, 0.038), main, label="head"),
        ellipsoid((0.013, 0.01, 0.005), (head + 0.02, 0, 0.037), beak),
        *(ellipsoid((0.004, 0.004, 0.004), (head + 0.011, y, 0.048), DARK, solid=False) for y in (-0.01, 0.01)),
    ]


def plane(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A toy aeroplane: fuselage, wings, tail and a propeller."""
    length, span, radius = rng.uniform(0.1, 0.12), rng.uniform(0.1, 0.125), rng.uniform(0.011, 0.0135)
    z, half = radius + 0.004, length / 2
    return [
        rod(radius, (-half * 0.7, 0, z), (half * 0.75, 0, z), main, label="body"),
        box((0.027, span, 0.006), (half * 0.2, 0, z), accent, label="wing"),
        box((0.02, span * 0.4, 0.005), (-half * 0.85, 0, z), accent, label="tail"),
        box((0.02, 0.005, 0.022), (-half * 0.85, 0, z + 0.016), accent, label="tail"),
        box((0.003, 0.036, 0.007), (half * 0.75 + radius + 0.002, 0, z), WOOD),
        ellipsoid((0.012, 0.008, 0.008), (half * 0.3, 0, z + radius * 0.7), DARK, solid=False),
        *(box((0.0276, 0.008, 0.0066), (half * 0.2, s * span * 0.36, z), main, solid=False) for s in (-1, 1)),
    ]


TOYS = {
    "ball": Kind(ball, ("ball",), (0.04, 0.15), materials=("rubber", "plastic"), shape="round"),
    "cube": Kind(cube, ("cube", "block", "toy block"), (0.04, 0.15), materials=("plastic", "wood"), shape="square"),
    "dice": Kind(dice, ("die", "dice"), (0.04, 0.1), materials=("plastic", "wood"), shape="square"),
    "car": Kind(car, ("car", "toy car"), (0.06, 0.15), materials=("plastic", "metal")),
    "train": Kind(train, ("train", "toy train", "locomotive"), (0.06, 0.15), materials=("plastic", "wood")),
    "boat": Kind(boat, ("boat", "toy boat", "ship"), (0.05, 0.12), materials=("plastic", "wood")),
    "duck": Kind(duck, ("duck", "rubber duck"), (0.04, 0.1), materials=("rubber",)),
    "plane": Kind(plane, ("plane", "toy plane", "airplane"), (0.05, 0.12), materials=("plastic", "wood")),
}
