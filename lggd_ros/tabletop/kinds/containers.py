"""Vessels and packages."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import (
    COFFEE,
    DARK,
    GLASS,
    PAPER,
    SKIN,
    STEEL,
    box,
    cylinder,
    ellipsoid,
    print_box,
    ring,
    rod,
    wrap,
)
from lggd_ros.tabletop.objects import Part


def mug(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A full mug: cylinder, drink and a square handle that reaches up to the rim."""
    radius, height = rng.uniform(0.028, 0.033), rng.uniform(0.066, 0.09)
    reach, thick, low = rng.uniform(0.022, 0.028), rng.uniform(0.008, 0.011), rng.uniform(0.2, 0.4)
    drink = [COFFEE, shade(main, 0.45), shade(main, 0.65)][rng.integers(3)]
    middle, far = radius + reach / 2 - 0.004, radius + reach - 0.004
    arm, top = (reach + 0.004, thick, thick), height - thick / 2 - 0.004
    return [
        cylinder(radius, height, (0, 0, height / 2), main, label="body"),
        cylinder(radius * 0.84, 0.001, (0, 0, height), drink, solid=False),
        box(arm, (middle, 0, top), main, label="handle"),
        box(arm, (middle, 0, height * low), main, label="handle"),
        box((thick, thick, top - height * low + thick), (far, 0, (top + height * low) / 2), main, label="handle"),
        *wrap(rng, radius, height, (0, 0, height * 0.5), accent),
    ]


def cup(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A conical drinking cup without a handle, open on top."""
    radius, height = rng.uniform(0.029, 0.033), rng.uniform(0.075, 0.1)
    steps = np.linspace(rng.uniform(0.65, 0.85), 1.0, 4)
    wall = [cylinder(radius * s, height / 4, (0, 0, height * (i + 0.5) / 4), main) for i, s in enumerate(steps)]
    inside = cylinder(radius * 0.88, 0.001, (0, 0, height), shade(main, 0.4), solid=False)
    bottom = cylinder(radius * 0.5, 0.0016, (0, 0, height), shade(main, 0.25), solid=False)
    return [*wall, inside, bottom, *wrap(rng, radius, height / 4, (0, 0, height * 0.875), accent)]


def bowl(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bowl with a thin wall, to be taken by its rim."""
    radius, height = rng.uniform(0.043, 0.052), rng.uniform(0.044, 0.054)
    stripe = [] if rng.random() < 0.5 else ring(radius + SKIN, radius - 0.005, 0.006, height * 0.8, accent, solid=False)
    return [
        cylinder(radius - 0.002, 0.003, (0, 0, 0.0015), shade(main, 0.8)),
        *ring(radius, radius - 0.007, height, height / 2, main, label="rim"),
        *stripe,
    ]


def bottle(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A bottle with shoulder, neck, cap and perhaps a label."""
    radius, body, neck = rng.uniform(0.024, 0.031), rng.uniform(0.05, 0.075), rng.uniform(0.01, 0.014)
    long = rng.uniform(0.046, 0.054)
    return [
        cylinder(radius, body, (0, 0, body / 2), main, label="body"),
        ellipsoid((radius, radius, 0.017), (0, 0, body), main, label="body"),
        cylinder(neck, long, (0, 0, body + 0.009 + long / 2), main, label="neck"),
        cylinder(neck + 0.002, 0.014, (0, 0, body + long + 0.013), accent, material="plastic", label="lid"),
        *wrap(rng, radius, body, (0, 0, body * 0.5), accent),
    ]


def can(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A drinks can with metal lids and a tab."""
    radius, height = rng.uniform(0.026, 0.033), rng.uniform(0.075, 0.11)
    return [
        cylinder(radius, height, (0, 0, height / 2), main),
        cylinder(radius * 0.78, 0.001, (0, 0, height), STEEL, solid=False),
        cylinder(radius * 0.78, 0.001, (0, 0, 0), STEEL, solid=False),
        box((radius * 0.7, 0.01, 0.002), (radius * 0.2, 0, height + 0.0006), shade(STEEL, 0.6), solid=False),
        *wrap(rng, radius, height, (0, 0, height * 0.5), accent),
    ]


def jar(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A glass jar with a coloured lid and label."""
    radius, height = rng.uniform(0.026, 0.031), rng.uniform(0.045, 0.075)
    return [
        cylinder(radius, height, (0, 0, height / 2), GLASS, label="body"),
        cylinder(radius + 0.002, 0.016, (0, 0, height + 0.004), main, material="metal", label="lid"),
        cylinder(radius * 0.8, 0.002, (0, 0, height + 0.012), shade(main, 0.75), solid=False),
        cylinder(radius + 0.0006, height * 0.5, (0, 0, height * 0.45), main, solid=False),
    ]


def teapot(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A small round teapot: belly, spout, lid with a knob, and a handle opposite the spout."""
    radius, height = rng.uniform(0.03, 0.033), rng.uniform(0.05, 0.062)
    z, back = height / 2, -radius - rng.uniform(0.018, 0.022)
    return [
        cylinder(radius * 0.7, 0.006, (0, 0, 0.003), main),
        ellipsoid((radius, radius, z), (0, 0, z + 0.002), main, label="body"),
        cylinder(radius * 0.6, 0.006, (0, 0, height), accent, label="lid"),
        ellipsoid((0.008, 0.008, 0.008), (0, 0, height + 0.009), accent, label="lid"),
        rod(0.006, (radius * 0.8, 0, z * 0.7), (radius + 0.022, 0, height * 0.95), main, label="spout"),
        rod(0.0055, (-radius * 0.6, 0, height * 0.93), (back, 0, height * 0.93), main, label="handle"),
        rod(0.0055, (back, 0, height * 0.93), (back + 0.004, 0, z * 0.7), main, label="handle"),
        rod(0.0055, (back + 0.004, 0, z * 0.7), (-radius * 0.8, 0, z * 0.6), main, label="handle"),
    ]


def carton(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cardboard box with a strip of tape, a label or stripes."""
    a, b, c = rng.uniform(0.045, 0.064), rng.uniform(0.07, 0.11), rng.uniform(0.03, 0.06)
    return [box((a, b, c), (0, 0, c / 2), main), *print_box(rng, (a, b, c), (0, 0, c / 2), accent)]


def cereal(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cereal box: tall and thin, with a picture of a bowl on its faces."""
    a, b, c = rng.uniform(0.028, 0.038), rng.uniform(0.058, 0.066), rng.uniform(0.09, 0.115)
    face = a + 0.0012
    return [
        box((a, b, c), (0, 0, c / 2), main),
        box((face, b * 0.86, c * 0.2), (0, 0, c * 0.82), accent, solid=False),
        cylinder(b * 0.3, face + 0.0004, (0, 0, c * 0.4), PAPER, "x", solid=False),
        cylinder(b * 0.2, face + 0.001, (0, 0, c * 0.42), COFFEE, "x", solid=False),
    ]


def milk(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A milk carton with a gable and a screw cap."""
    side, height = rng.uniform(0.05, 0.06), rng.uniform(0.075, 0.095)
    roof = side * 0.42
    wedge = [
        box((side * share, side, roof / 4), (0, 0, height + roof * (i + 0.5) / 4), shade(main, 0.9))
        for i, share in enumerate((0.86, 0.62, 0.38, 0.14))
    ]
    return [
        box((side, side, height), (0, 0, height / 2), main),
        *wedge,
        box((0.004, side, 0.014), (0, 0, height + roof + 0.005), PAPER),
        cylinder(0.008, 0.012, (side * 0.3, 0, height + roof * 0.45), accent, material="plastic", label="lid"),
        *print_box(rng, (side, side, height * 0.6), (0, 0, height * 0.5), accent),
    ]


def candle(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A pillar candle with molten wax around a burnt wick."""
    radius, height = rng.uniform(0.022, 0.03), rng.uniform(0.05, 0.085)
    return [
        cylinder(radius, height, (0, 0, height / 2), main),
        cylinder(radius * 0.72, 0.001, (0, 0, height), shade(main, 0.7), solid=False),
        rod(0.0018, (0, 0, height - 0.002), (0.002, 0.001, height + 0.009), DARK, solid=False),
        ellipsoid((0.005, 0.004, 0.012), (radius * 0.85, radius * 0.3, height - 0.008), main, solid=False),
        ellipsoid((0.004, 0.005, 0.009), (-radius * 0.5, radius * 0.8, height - 0.006), main, solid=False),
    ]


CONTAINERS = {
    "mug": Kind(mug, ("mug", "coffee mug"), (0.15, 0.3), materials=("ceramic", "ceramic", "metal"), lying=0.1),
    "cup": Kind(
        cup, ("cup", "drinking cup", "tumbler"), (0.04, 0.12), materials=("plastic", "metal", "cardboard"), lying=0.3
    ),
    "bowl": Kind(bowl, ("bowl", "dish"), (0.08, 0.2), materials=("ceramic", "wood", "metal"), shape="round"),
    "bottle": Kind(bottle, ("bottle",), (0.1, 0.3), materials=("plastic", "glass", "metal"), lying=0.7),
    "can": Kind(can, ("can", "tin", "soda can"), (0.08, 0.3), materials=("metal",), lying=0.4),
    "jar": Kind(jar, ("jar", "glass jar"), (0.12, 0.3), materials=("glass",), lying=0.2),
    "teapot": Kind(teapot, ("teapot", "tea pot"), (0.12, 0.25), materials=("ceramic", "metal")),
    "box": Kind(
        carton,
        ("box", "carton", "package"),
        (0.08, 0.25),
        materials=("cardboard",),
        flat=True,
        lying=0.3,
        facets=True,
    ),
    "cereal": Kind(
        cereal, ("cereal box", "cereal"), (0.1, 0.25), materials=("cardboard",), flat=True, lying=0.6, facets=True
    ),
    "milk": Kind(milk, ("milk carton", "milk"), (0.1, 0.3), materials=("cardboard",), lying=0.3, facets=True),
    "candle": Kind(candle, ("candle",), (0.06, 0.2), materials=("wax",), lying=0.2),
}
