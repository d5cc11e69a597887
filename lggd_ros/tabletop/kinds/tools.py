"""Tools of the workshop."""

from __future__ import annotations

from typing import Any

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import AMBER, DARK, PINE, STEEL, bar, box, cylinder, ellipsoid, ring, rod
from lggd_ros.tabletop.objects import Part


def hammer(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A coloured handle, thin below the steel head with its face and claw."""
    length, radius = rng.uniform(0.125, 0.16), rng.uniform(0.0105, 0.0125)
    z, head, wide = 0.013, length / 2, rng.uniform(0.03, 0.036)
    steel: dict[str, Any] = {"material": "metal", "density": 4.0, "label": "head"}
    return [
        rod(radius, (-length / 2, 0, z), (length / 2 - 0.045, 0, z), main, label="handle"),
        rod(0.0075, (length / 2 - 0.04, 0, z), (length / 2 - 0.01, 0, z), main),
        cylinder(radius + 0.0008, length * 0.1, (-length * 0.42, 0, z), DARK, "x", solid=False),
        box((0.022, 2 * wide, 0.022), (head, 0, z), STEEL, **steel),
        cylinder(0.0145, 0.012, (head, wide + 0.004, z), shade(STEEL, 0.7), "y", **steel),
        box((0.012, 0.022, 0.02), (head, -wide - 0.008, z), shade(STEEL, 0.8), **steel),
    ]


def screwdriver(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A thick handle with grip bands, a thin steel shaft and a flat tip."""
    handle, shaft, radius = rng.uniform(0.065, 0.085), rng.uniform(0.055, 0.085), rng.uniform(0.012, 0.0155)
    steel: dict[str, Any] = {"material": "metal", "density": 3.0, "label": "shaft"}
    return [
        cylinder(radius, handle, (-handle / 2, 0, radius), main, "x", label="handle"),
        ellipsoid((0.012, radius, radius), (-handle, 0, radius), main, label="handle"),
        cylinder(radius * 0.7, 0.014, (0.007, 0, radius), main, "x", label="handle"),
        cylinder(0.0036, shaft, (shaft / 2 + 0.01, 0, radius), STEEL, "x", **steel),
        box((0.012, 0.009, 0.003), (shaft + 0.012, 0, radius), STEEL, **steel),
        cylinder(radius + 0.0005, 0.008, (-handle * 0.2, 0, radius), accent, "x", solid=False),
        cylinder(radius + 0.0005, 0.008, (-handle * 0.8, 0, radius), accent, "x", solid=False),
    ]


def wrench(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A combination wrench: an open jaw, a flat handle and a ring."""
    length, width, z = rng.uniform(0.09, 0.115), rng.uniform(0.012, 0.015), 0.0095
    end, jaw = length / 2, rng.uniform(0.013, 0.016)
    eye = ring(0.0165, 0.0095, 0.019, z, main, pieces=6)
    prongs = [((end + 0.006, s * jaw * 0.95, z), (end + 0.026, s * jaw * 0.8, z)) for s in (-1, 1)]
    return [
        bar(width, 0.018, (-end, 0, z), (end, 0, z), main, label="handle"),
        bar(2.3 * jaw, 0.019, (end - 0.008, 0, z), (end + 0.01, 0, z), main, label="head"),
        *(bar(jaw * 0.75, 0.019, a, b, main, label="head") for a, b in prongs),
        *(part.moved((-end - 0.01, 0.0, 0.0)) for part in eye),
        box((length * 0.5, width * 0.45, 0.0186), (0, 0, z), shade(main, 0.7), solid=False),
    ]


def pliers(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """Steel jaws, a rivet and two bowed grips."""
    grip, jaw, spread = rng.uniform(0.075, 0.09), rng.uniform(0.03, 0.038), rng.uniform(0.017, 0.021)
    z = 0.0105
    steel: dict[str, Any] = {"material": "metal", "density": 3.0, "label": "head"}
    arms = []
    for side in (-1, 1):
        knee = (-grip * 0.4, side * spread, z)
        arms.append(rod(0.0085, (-0.006, side * 0.006, z), knee, main, label="handle"))
        arms.append(rod(0.0085, knee, (-grip, side * spread * 0.9, z), main, label="handle"))
    return [
        *arms,
        cylinder(0.0125, 0.02, (0, 0, z), STEEL, **steel),
        bar(0.018, 0.019, (0, 0, z), (jaw * 0.6, 0, z), STEEL, **steel),
        bar(0.011, 0.018, (jaw * 0.6, 0, z), (jaw, 0, z), shade(STEEL, 0.8), **steel),
        cylinder(0.005, 0.0206, (0, 0, z), DARK, solid=False),
        box((jaw, 0.0012, 0.0196), (jaw * 0.6, 0, z), DARK, solid=False),
    ]


def drill(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cordless drill on its side: motor, chuck and bit, handle and battery."""
    motor, radius, grip = rng.uniform(0.06, 0.072), rng.uniform(0.0185, 0.022), rng.uniform(0.055, 0.068)
    z, back = radius, -rng.uniform(0.012, 0.02)
    battery = (back, -grip, z)
    return [
        cylinder(radius, motor, (0, 0, z), main, "x", label="body"),
        ellipsoid((0.012, radius * 0.97, radius * 0.97), (-motor / 2, 0, z), DARK, label="body"),
        cylinder(radius * 0.68, 0.022, (motor / 2 + 0.01, 0, z), DARK, "x", label="head"),
        cylinder(0.003, 0.034, (motor / 2 + 0.034, 0, z), STEEL, "x", material="metal", label="head"),
        box((0.024, grip, 0.026), (back, -grip / 2, z), main, label="handle"),
        box((0.052, 0.024, 0.034), battery, DARK),
        box((0.03, 0.0246, 0.0346), battery, accent, solid=False),
        box((0.012, 0.014, 0.02), (back + 0.016, -radius - 0.01, z), DARK, solid=False),
        cylinder(radius + 0.0006, 0.008, (motor * 0.28, 0, z), accent, "x", solid=False),
    ]


def paintbrush(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A flat paint brush: handle, steel ferrule and bristles."""
    handle, width, hair = rng.uniform(0.075, 0.095), rng.uniform(0.028, 0.036), rng.uniform(0.028, 0.036)
    z = 0.0095
    straw: Rgba = (0.78, 0.66, 0.45, 1.0)
    return [
        rod(0.009, (-handle, 0, z), (-0.02, 0, z), main, label="handle"),
        bar(width * 0.7, 0.018, (-0.026, 0, z), (-0.008, 0, z), main, label="handle"),
        bar(width, 0.019, (-0.01, 0, z), (0.012, 0, z), STEEL, material="metal", label="head"),
        bar(width * 0.94, 0.016, (0.012, 0, z), (0.012 + hair, 0, z), straw, material="cloth", label="head"),
        *(
            box((hair * 0.8, 0.0015, 0.0166), (0.016 + hair / 2, y, z), shade(straw, 0.6), solid=False)
            for y in (-0.007, 0.007)
        ),
        cylinder(0.003, 0.0184, (-handle + 0.002, 0, z), DARK, solid=False),
    ]


def torch(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A flashlight: handle, collar, wide head, lens and switch."""
    length, radius = rng.uniform(0.07, 0.1), rng.uniform(0.0125, 0.0155)
    z = head = radius * rng.uniform(1.4, 1.65)
    return [
        cylinder(radius, length, (-length / 2, 0, z), main, "x", label="handle"),
        cylinder(radius * 1.25, 0.012, (0.005, 0, z), main, "x", label="head"),
        cylinder(head, 0.028, (0.024, 0, z), main, "x", label="head"),
        cylinder(head * 0.86, 0.001, (0.038, 0, z), AMBER, "x", solid=False),
        cylinder(head + 0.0005, 0.006, (0.033, 0, z), STEEL, "x", solid=False),
        box((0.016, 0.008, 2 * radius + 0.003), (-length * 0.2, 0, z), accent, solid=False),
        *(cylinder(radius + 0.0006, 0.005, (-length * s, 0, z), DARK, "x", solid=False) for s in (0.55, 0.7, 0.85)),
    ]


def tape(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A roll of adhesive tape: a thick ring lying flat around a lower hub."""
    outer, width = rng.uniform(0.029, 0.0325), rng.uniform(0.026, 0.034)
    inner = outer * rng.uniform(0.62, 0.74)
    hub = cylinder(inner, width * 0.75, (0, 0, width * 0.375), PINE, material="cardboard")
    return [*ring(outer, inner, width, width / 2, main), hub]


TOOLS = {
    "hammer": Kind(hammer, ("hammer", "mallet"), (0.15, 0.3), materials=("",), shape="long"),
    "screwdriver": Kind(screwdriver, ("screwdriver", "screw driver"), (0.06, 0.15), materials=("",), shape="long"),
    "wrench": Kind(wrench, ("wrench", "spanner"), (0.08, 0.2), materials=("metal",), shape="long"),
    "pliers": Kind(pliers, ("pliers",), (0.08, 0.18), materials=("",)),
    "drill": Kind(drill, ("drill", "power drill", "cordless drill"), (0.18, 0.3)),
    "paintbrush": Kind(paintbrush, ("paintbrush", "paint brush"), (0.03, 0.08), materials=("",), shape="long"),
    "torch": Kind(torch, ("torch", "flashlight"), (0.08, 0.2), materials=("plastic", "metal"), shape="long"),
    "tape": Kind(tape, ("tape", "roll of tape", "tape roll"), (0.05, 0.12), shape="round"),
}
