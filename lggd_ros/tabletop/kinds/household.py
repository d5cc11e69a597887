"""Small things of the house."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import DARK, PAPER, SCARLET, STEEL, bar, box, cylinder, ellipsoid, ring, rod
from lggd_ros.tabletop.objects import Part


def remote(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A remote control with a keypad, a dial and a red power button."""
    a, b, c = rng.uniform(0.036, 0.048), rng.uniform(0.11, 0.15), rng.uniform(0.02, 0.025)
    rows, columns = (-0.38, -0.24, -0.1), (-0.24, 0.24)
    key = (a * 0.24, b * 0.07, 0.003)
    return [
        box((a, b, c), (0, 0, c / 2), main),
        *(box(key, (a * x, b * y, c), accent, solid=False) for y in rows for x in columns),
        cylinder(a * 0.33, 0.003, (0, b * 0.16, c), accent, solid=False),
        cylinder(a * 0.13, 0.004, (a * 0.22, b * 0.4, c), SCARLET, solid=False),
    ]


def phone(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A phone in a coloured case: on its back with a dark screen, or on its face with a camera."""
    a, b, c = rng.uniform(0.056, 0.064), rng.uniform(0.105, 0.13), rng.uniform(0.019, 0.022)
    screen = [
        box((a * 0.78, b * 0.82, 0.0008), (0, 0, c), (0.03, 0.04, 0.07, 1.0), material="glass", solid=False),
        box((a * 0.4, 0.004, 0.0012), (0, b * 0.44, c), shade(main, 0.5), solid=False),
        *(
            box((0.008, 0.008, 0.0012), (a * x, b * y, c), PAPER, solid=False)
            for x in (-0.22, 0, 0.22)
            for y in (-0.3, -0.1)
        ),
    ]
    camera = [
        box((a * 0.42, a * 0.42, 0.002), (-a * 0.2, b * 0.34, c), shade(main, 0.7), solid=False),
        *(cylinder(0.006, 0.0034, (-a * 0.2 + s, b * 0.34 + s, c), DARK, solid=False) for s in (-0.006, 0.006)),
        cylinder(0.006, 0.001, (0, 0, c), accent, solid=False),
    ]
    return [box((a, b, c), (0, 0, c / 2), main), *(screen, screen, camera)[rng.integers(3)]]


def toothbrush(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A long thin handle with a grip, a neck and a block of bristles."""
    handle, neck, z = rng.uniform(0.075, 0.095), rng.uniform(0.035, 0.045), 0.0095
    head = neck + 0.013
    return [
        rod(0.0092, (-handle, 0, z), (0, 0, z), main, label="handle"),
        rod(0.0058, (0, 0, z), (neck, 0, z), main, label="neck"),
        box((0.03, 0.013, 0.007), (head, 0, z), main, label="head"),
        box((0.026, 0.011, 0.012), (head, 0, z + 0.0095), PAPER, material="cloth", label="head"),
        box((0.008, 0.0115, 0.0124), (head, 0, z + 0.0096), accent, solid=False),
        bar(0.006, 0.002, (-handle * 0.75, 0, 2 * z - 0.001), (-handle * 0.15, 0, 2 * z - 0.001), accent, solid=False),
    ]


def brush(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A scrubbing brush with bristles below, or a hairbrush seen from its back: an oval back and a handle."""
    back, wide, handle = rng.uniform(0.034, 0.042), rng.uniform(0.023, 0.029), rng.uniform(0.06, 0.075)
    z, low = 0.024, (back * 1.5, wide * 1.4, 0.018)
    return [
        box(low, (0, 0, 0.009), shade(accent, 0.8), material="cloth", label="head"),
        ellipsoid((back, wide, 0.009), (0, 0, z), main, label="head"),
        rod(0.0085, (-back + 0.006, 0, z), (-back - handle, 0, 0.0125), main, label="handle"),
        ellipsoid((0.014, 0.0105, 0.0105), (-back - handle, 0, 0.0125), main, label="handle"),
        ellipsoid((back * 0.6, wide * 0.5, 0.001), (0, 0, z + 0.0085), accent, solid=False),
    ]


def padlock(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A padlock on its back: a body with a keyhole and a steel shackle."""
    a, b, c = rng.uniform(0.044, 0.056), rng.uniform(0.036, 0.044), rng.uniform(0.02, 0.023)
    half, top, steel = a * 0.32, b / 2 + rng.uniform(0.014, 0.02), {"material": "metal", "label": "shackle"}
    turns = np.linspace(0, np.pi, 5)
    arch = [(half * float(np.cos(t)), top + half * float(np.sin(t)), c / 2) for t in turns]
    return [
        box((a, b, c), (0, 0, c / 2), main, label="body"),
        *(rod(0.0048, (s * half, b / 2 - 0.004, c / 2), (s * half, top, c / 2), STEEL, **steel) for s in (-1, 1)),
        *(rod(0.0048, p, q, STEEL, **steel) for p, q in zip(arch[:-1], arch[1:], strict=True)),
        cylinder(0.005, 0.001, (0, b * 0.05, c), DARK, solid=False),
        box((0.004, 0.012, 0.001), (0, -b * 0.1, c), DARK, solid=False),
        *(
            box((a + 0.0012, 0.004, c + 0.0012), (0, s * b * 0.36, c / 2), shade(main, 0.6), solid=False)
            for s in (-1, 1)
        ),
    ]


def key(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A large old key: a ring to hold, a shaft and a bit."""
    shaft, outer, z = rng.uniform(0.055, 0.07), rng.uniform(0.0165, 0.02), 0.0095
    bit = rng.uniform(0.018, 0.022)
    return [
        *ring(outer, outer - 0.0075, 0.019, z, main, pieces=7, label="head"),
        rod(0.0088, (outer, 0, z), (outer + shaft, 0, z), main, label="shaft"),
        *(box((0.007, bit, 0.016), (outer + shaft - x, bit / 2, z), main, label="bit") for x in (0.003, 0.016)),
        cylinder(0.009, 0.008, (outer + 0.004, 0, z), main, "x"),
    ]


def mouse(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A computer mouse: an arched back, two buttons and a wheel."""
    length, width, height = rng.uniform(0.046, 0.054), rng.uniform(0.027, 0.0315), rng.uniform(0.03, 0.038)
    dome = height * 0.62
    return [
        box((length * 1.5, width * 1.5, 0.01), (0, 0, 0.005), main),
        ellipsoid((length, width, dome), (0, 0, height - dome), main),
        box((length * 1.2, width * 1.78, height * 0.42), (0, 0, height * 0.24), main),
        box((length * 0.66, 0.002, 0.004), (length * 0.52, 0, height * 0.89), DARK, solid=False),
        box((0.002, width * 1.3, 0.006), (length * 0.2, 0, height * 0.955), DARK, solid=False),
        cylinder(0.007, 0.006, (length * 0.48, 0, height * 0.86), accent, "y", solid=False),
        ellipsoid((0.008, 0.006, 0.001), (-length * 0.4, 0, height * 0.945), accent, solid=False),
    ]


def soap(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bar of soap, round at both ends, with an oval pressed in."""
    length, width, height = rng.uniform(0.03, 0.04), rng.uniform(0.046, 0.056), rng.uniform(0.024, 0.03)
    return [
        box((length, width, height), (0, 0, height / 2), main),
        *(cylinder(width / 2, height, (s * length / 2, 0, height / 2), main) for s in (-1, 1)),
        ellipsoid((length * 0.7, width * 0.3, 0.001), (0, 0, height), shade(main, 1.6), solid=False),
        ellipsoid((length * 0.5, width * 0.2, 0.0014), (0, 0, height), main, solid=False),
    ]


def battery(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A large battery cell: a coloured sleeve, a dark end and a steel pole."""
    radius, length = rng.uniform(0.0135, 0.017), rng.uniform(0.052, 0.064)
    return [
        cylinder(radius, length, (0, 0, radius), main, "x"),
        cylinder(radius + 0.0005, length * 0.34, (-length * 0.33, 0, radius), DARK, "x", solid=False),
        cylinder(radius + 0.0003, length * 0.06, (-length * 0.13, 0, radius), AMBER_BAND, "x", solid=False),
        cylinder(radius * 0.36, 0.005, (length / 2 + 0.002, 0, radius), STEEL, "x", material="metal"),
        cylinder(radius * 0.86, 0.0012, (length / 2, 0, radius), STEEL, "x", solid=False),
    ]


AMBER_BAND: Rgba = (0.8, 0.55, 0.15, 1.0)

HOUSEHOLD = {
    "remote": Kind(remote, ("remote", "remote control"), (0.08, 0.15), shape="long", flat=True),
    "phone": Kind(phone, ("phone", "smartphone", "mobile phone"), (0.1, 0.2), materials=("",), shape="flat", flat=True),
    "toothbrush": Kind(toothbrush, ("toothbrush", "tooth brush"), (0.03, 0.05), shape="long"),
    "brush": Kind(brush, ("brush", "hairbrush"), (0.05, 0.12), materials=("wood", "plastic")),
    "padlock": Kind(padlock, ("padlock", "lock"), (0.08, 0.2), materials=("metal",)),
    "key": Kind(key, ("key",), (0.04, 0.1), ("grey", "black", "brown", "yellow"), ("metal",)),
    "mouse": Kind(mouse, ("computer mouse", "mouse"), (0.06, 0.12)),
    "soap": Kind(soap, ("soap", "bar of soap"), (0.06, 0.12), materials=("wax",)),
    "battery": Kind(battery, ("battery",), (0.06, 0.15), materials=("metal",), lying=0.0),
}
