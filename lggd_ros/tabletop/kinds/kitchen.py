"""What one cooks, eats and cleans with."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import STEEL, bar, box, cylinder, ellipsoid, ring, rod
from lggd_ros.tabletop.objects import Part


def plate(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A side plate: a thin floor with a raised rim, by which it is taken, and rings painted on it."""
    radius, height = rng.uniform(0.053, 0.062), rng.uniform(0.021, 0.025)
    painted = [radius * 0.72, radius * 0.64] if rng.random() < 0.6 else [radius * 0.4]
    circles = [
        cylinder(r, 0.0022 + 0.0002 * i, (0, 0, 0.0011), (accent, main)[i % 2], solid=False)
        for i, r in enumerate(painted)
    ]
    return [
        cylinder(radius - 0.002, 0.002, (0, 0, 0.001), main),
        *ring(radius, radius - 0.006, height, height / 2, shade(main, 0.93), pieces=11, label="rim"),
        *circles,
    ]


def pan(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A small frying pan with a long handle."""
    radius, height = rng.uniform(0.038, 0.046), rng.uniform(0.02, 0.026)
    length, thick = rng.uniform(0.065, 0.085), rng.uniform(0.007, 0.0085)
    z, start = height - thick, radius - 0.004
    return [
        cylinder(radius - 0.002, 0.002, (0, 0, 0.001), shade(main, 0.7)),
        *ring(radius, radius - 0.005, height, height / 2, main, label="rim"),
        bar(0.018, 0.006, (start, 0, z), (start + 0.022, 0, z), STEEL, material="metal"),
        rod(thick, (start + 0.026, 0, z), (start + length, 0, z), accent, material="plastic", label="handle"),
    ]


def spoon(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cooking spoon."""
    length, radius, wide = rng.uniform(0.09, 0.12), rng.uniform(0.0085, 0.0095), rng.uniform(0.018, 0.023)
    return [
        *(cylinder(wide, 0.019, (x, 0, 0.0095), main, label="head") for x in (-0.008, 0.008)),
        ellipsoid((0.022, wide * 0.72, 0.001), (0, 0, 0.019), shade(main, 0.6), solid=False),
        rod(radius, (0.022, 0, 0.0095), (length, 0, 0.0095), main, label="handle"),
        ellipsoid((0.012, 0.011, 0.0095), (length, 0, 0.0095), main, label="handle"),
    ]


def fork(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A serving fork with three tines."""
    length, width, tine = rng.uniform(0.075, 0.1), rng.uniform(0.026, 0.032), rng.uniform(0.034, 0.042)
    z, side = 0.0095, (width - 0.006) / 2
    return [
        bar(0.012, 0.019, (-length, 0, z), (-0.012, 0, z), main, label="handle"),
        cylinder(0.009, 0.019, (-length, 0, z), main, label="handle"),
        bar(width * 0.6, 0.018, (-0.016, 0, z), (0, 0, z), main, label="head"),
        bar(width, 0.018, (-0.003, 0, z), (0.012, 0, z), main, label="head"),
        *(bar(0.0055, 0.017, (0.01, y, z), (0.012 + tine, y, z), main, label="head") for y in (-side, 0, side)),
    ]


def knife(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A kitchen knife: a thick handle with rivets and a steel blade that tapers."""
    handle, blade, width = rng.uniform(0.06, 0.08), rng.uniform(0.07, 0.095), rng.uniform(0.022, 0.028)
    z, edge = 0.0105, width / 2 - 0.008
    steps = [(s, blade * i / 4, blade * (i + 1) / 4) for i, s in enumerate((1.0, 0.92, 0.72, 0.4))]
    steel = {"material": "metal", "density": 2.0}
    return [
        bar(0.018, 0.021, (-handle, 0, z), (0, 0, z), main, label="handle"),
        cylinder(0.0095, 0.021, (-handle, 0, z), main, label="handle"),
        bar(0.02, 0.013, (-0.001, 0, z), (0.006, 0, z), STEEL, **steel),
        *(
            bar(
                width * s,
                0.004,
                (a, edge - width * s / 2, z),
                (b, edge - width * s / 2, z),
                STEEL,
                label="blade",
                **steel,
            )
            for s, a, b in steps
        ),
        *(cylinder(0.0028, 0.0216, (-handle * s, 0, z), STEEL, solid=False) for s in (0.25, 0.55, 0.85)),
    ]


def sponge(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A waisted kitchen sponge with pores, on a scouring pad."""
    a, b, c = rng.uniform(0.054, 0.066), rng.uniform(0.08, 0.105), rng.uniform(0.024, 0.034)
    end, top = (a, b * 0.3, c), c + 0.007
    pores = rng.uniform(-0.38, 0.38, (6, 2)) * (a * 0.8, b)
    return [
        box((a, b, 0.007), (0, 0, 0.0035), (0.13, 0.3, 0.2, 1.0)),
        box(end, (0, b * 0.35, 0.007 + c / 2), main),
        box(end, (0, -b * 0.35, 0.007 + c / 2), main),
        box((a * 0.82, b * 0.4, c), (0, 0, 0.007 + c / 2), main),
        *(cylinder(0.0035, 0.001, (x, y, top), shade(main, 0.6), solid=False) for x, y in pores),
    ]


def whisk(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A whisk: a handle and a balloon of wires."""
    handle, balloon, width = rng.uniform(0.065, 0.08), rng.uniform(0.07, 0.085), rng.uniform(0.018, 0.023)
    radius = rng.uniform(0.009, 0.0115)
    z, sides = width * 0.8, ((0, -1), (0, 1), (1, 0), (-1, 0))
    wires = []
    for y, up in sides:
        bulge = (balloon * 0.65, y * width, z + up * width * 0.78)
        wires.append(rod(0.0022, (0, y * 0.005, z + up * 0.005), bulge, STEEL, material="metal", label="head"))
        wires.append(rod(0.0022, bulge, (balloon, 0, z), STEEL, material="metal", label="head"))
    return [
        cylinder(radius, handle, (-handle / 2, 0, z), main, "x", label="handle"),
        ellipsoid((0.01, radius, radius), (-handle, 0, z), main, label="handle"),
        cylinder(radius + 0.0006, 0.006, (-handle * 0.15, 0, z), accent, "x", solid=False),
        *wires,
    ]


def rolling_pin(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A rolling pin: a thick roller between two thin handles."""
    length, radius = rng.uniform(0.09, 0.115), rng.uniform(0.018, 0.024)
    grip, reach = rng.uniform(0.007, 0.009), rng.uniform(0.03, 0.036)
    half = length / 2
    return [
        cylinder(radius, length, (0, 0, radius), main, "x", label="body"),
        *(rod(grip, (s * half, 0, radius), (s * (half + reach), 0, radius), accent, label="handle") for s in (-1, 1)),
        *(
            cylinder(radius + 0.0005, 0.004, (s * half * 0.9, 0, radius), shade(main, 0.6), "x", solid=False)
            for s in (-1, 1)
        ),
    ]


KITCHEN = {
    "plate": Kind(plate, ("plate", "saucer"), (0.08, 0.18), materials=("ceramic", "plastic"), shape="round", flat=True),
    "pan": Kind(
        pan, ("pan", "frying pan", "skillet"), (0.15, 0.3), ("black", "grey", "red", "blue", "green"), ("metal",)
    ),
    "spoon": Kind(spoon, ("spoon", "cooking spoon"), (0.03, 0.08), materials=("wood", "plastic"), shape="long"),
    "fork": Kind(fork, ("fork", "serving fork"), (0.03, 0.08), materials=("wood", "plastic", "metal"), shape="long"),
    "knife": Kind(knife, ("knife", "kitchen knife"), (0.05, 0.12), materials=("",), shape="long"),
    "sponge": Kind(sponge, ("sponge", "kitchen sponge"), (0.03, 0.08), materials=("cloth",)),
    "whisk": Kind(whisk, ("whisk", "egg whisk"), (0.04, 0.1), materials=("",), shape="long"),
    "rolling_pin": Kind(rolling_pin, ("rolling pin",), (0.08, 0.2), materials=("wood", "plastic"), shape="long"),
}
