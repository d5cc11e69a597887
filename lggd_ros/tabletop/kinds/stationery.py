"""What lies on a desk."""

from __future__ import annotations

import numpy as np

from lggd_ros.tabletop.colours import Rgba, shade
from lggd_ros.tabletop.kinds.kind import Kind
from lggd_ros.tabletop.kinds.primitives import DARK, PAPER, STEEL, bar, box, cylinder, ellipsoid, loop, rod, wrap
from lggd_ros.tabletop.objects import Part


def book(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A pocket book: pages between covers, a spine, and a title or a picture."""
    a, b, c = rng.uniform(0.056, 0.066), rng.uniform(0.08, 0.105), rng.uniform(0.019, 0.028)
    title = [
        box((a * 0.6, b * 0.12, 0.001), (0.003, b * 0.22, c), accent, solid=False),
        box((a * 0.4, b * 0.06, 0.001), (0.003, -b * 0.25, c), accent, solid=False),
    ]
    picture = [
        box((a * 0.7, b * 0.42, 0.001), (0.003, -b * 0.12, c), accent, solid=False),
        cylinder(a * 0.16, 0.0016, (0.003, -b * 0.1, c), shade(main, 0.6), solid=False),
        box((a * 0.7, b * 0.08, 0.001), (0.003, b * 0.3, c), accent, solid=False),
    ]
    return [
        box((a - 0.004, b - 0.006, c - 0.004), (0.0, 0, c / 2), PAPER),
        box((a, b, 0.003), (0, 0, 0.0015), main),
        box((a, b, 0.003), (0, 0, c - 0.0015), main),
        box((0.003, b, c), (-a / 2 + 0.0015, 0, c / 2), main),
        *(title, picture)[rng.integers(2)],
    ]


def marker(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A felt pen with a thicker, darker cap, a clip and an end plug."""
    barrel, radius = rng.uniform(0.075, 0.1), rng.uniform(0.0085, 0.01)
    cap = radius + 0.0015
    return [
        cylinder(radius, barrel, (-barrel / 2, 0, cap), main, "x", label="body"),
        cylinder(cap, 0.035, (0.0175, 0, cap), shade(main, 0.6), "x", label="lid"),
        cylinder(radius * 0.7, 0.006, (-barrel - 0.003, 0, cap), accent, "x"),
        box((0.03, 0.004, 0.002), (0.014, 0, 2 * cap), accent, solid=False),
        cylinder(radius + 0.0004, barrel * rng.uniform(0.15, 0.35), (-barrel * 0.5, 0, cap), PAPER, "x", solid=False),
    ]


def glue(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A glue stick: a stout tube with a broad label, a cap and a knob."""
    radius, length = rng.uniform(0.013, 0.0155), rng.uniform(0.05, 0.062)
    cap = radius + 0.0012
    return [
        cylinder(radius, length, (-length / 2, 0, cap), main, "x", label="body"),
        cylinder(cap, 0.028, (0.012, 0, cap), accent, "x", label="lid"),
        cylinder(radius * 0.8, 0.008, (-length - 0.004, 0, cap), accent, "x"),
        cylinder(radius + 0.0005, length * 0.5, (-length * 0.55, 0, cap), PAPER, "x", solid=False),
        cylinder(radius + 0.0009, length * 0.16, (-length * 0.55, 0, cap), main, "x", solid=False),
    ]


def scissors(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """Closed scissors: two coloured eyes, a screw and steel blades."""
    blade, eye = rng.uniform(0.06, 0.075), rng.uniform(0.012, 0.0145)
    z, length = 0.0095, rng.uniform(0.018, 0.022)
    steel = {"material": "metal", "density": 2.0, "label": "blade"}
    parts = []
    for side in (-1, 1):
        centre = (-0.024 - length, side * (eye + 0.003), z)
        parts += loop(0.0058, centre, (length, eye), main, pieces=5, label="handle")
        parts.append(rod(0.006, (-0.026, side * eye * 0.5, z), (-0.004, 0, z), main, label="handle"))
    return [
        *parts,
        bar(0.015, 0.019, (-0.008, 0, z), (blade * 0.45, 0, z), STEEL, **steel),
        bar(0.0095, 0.019, (blade * 0.45, 0, z), (blade * 0.8, 0, z), STEEL, **steel),
        bar(0.005, 0.019, (blade * 0.8, 0, z), (blade, 0, z), STEEL, **steel),
        cylinder(0.0036, 0.0196, (0.002, 0, z), DARK, solid=False),
        box((blade * 0.8, 0.0012, 0.0192), (blade * 0.58, 0, z), DARK, solid=False),
    ]


def stapler(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A stapler: a base, a steel rail and an upper arm that rises to the hinge."""
    length, width = rng.uniform(0.1, 0.125), rng.uniform(0.024, 0.03)
    half, arm = length / 2, width * 0.86
    return [
        box((length, width, 0.007), (0, 0, 0.0035), DARK),
        box((length * 0.86, width * 0.78, 0.016), (0.002, 0, 0.0145), STEEL, material="metal"),
        box((length * 0.34, arm, 0.016), (-half * 0.62, 0, 0.03), main, label="body"),
        box((length * 0.62, arm, 0.013), (half * 0.24, 0, 0.0275), main, label="body"),
        cylinder(arm / 2, 0.013, (half * 0.84, 0, 0.0275), main, label="head"),
        box((0.014, width, 0.026), (-half + 0.008, 0, 0.013), DARK),
        box((length * 0.3, arm * 0.4, 0.001), (half * 0.2, 0, 0.034), accent, solid=False),
    ]


def pencil_case(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A cloth pouch, round in section, with a zip along the top and a tag."""
    length, width, height = rng.uniform(0.1, 0.13), rng.uniform(0.044, 0.056), rng.uniform(0.032, 0.042)
    half = length / 2
    return [
        box((length * 0.9, width * 0.96, height * 0.6), (0, 0, height * 0.3), main),
        ellipsoid((half, width / 2, height / 2), (0, 0, height / 2), main),
        box((length * 0.84, width * 0.7, height * 0.9), (0, 0, height * 0.45), main),
        box((length * 0.78, 0.005, 0.002), (0, 0, height * 0.905), STEEL, solid=False),
        box((0.016, 0.006, 0.003), (half * 0.6, 0.006, height * 0.91), accent, solid=False),
        *(
            box((0.006, width * 0.71, 0.002), (x, 0, height * 0.9), accent, solid=False)
            for x in (-half * 0.7, half * 0.7)
        ),
    ]


def eraser(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A rubber in a paper sleeve."""
    a, b, c = rng.uniform(0.024, 0.03), rng.uniform(0.048, 0.062), rng.uniform(0.019, 0.023)
    sleeve = (a + 0.001, b * 0.6, c + 0.001)
    return [
        box((a, b, c), (0, 0, c / 2), PAPER, label="head"),
        box(sleeve, (0, -b * 0.2, c / 2), main, material="cardboard", label="body"),
        box((a + 0.0016, b * 0.14, c + 0.0016), (0, -b * 0.2, c / 2), accent, solid=False),
    ]


def pen_pot(rng: np.random.Generator, main: Rgba, accent: Rgba) -> list[Part]:
    """A beaker with three pens that stick out."""
    radius, height = rng.uniform(0.027, 0.032), rng.uniform(0.065, 0.085)
    pens = [(0.05, 0.0, accent), (-0.45, 0.3, (0.85, 0.1, 0.1, 1.0)), (0.35, 0.5, (0.1, 0.25, 0.7, 1.0))]
    return [
        cylinder(radius, height, (0, 0, height / 2), main),
        cylinder(radius * 0.86, 0.001, (0, 0, height), shade(main, 0.3), solid=False),
        *(cylinder(0.0048, 0.04, (x * radius, y * radius, height), rgba, material="plastic") for x, y, rgba in pens),
        *wrap(rng, radius, height, (0, 0, height / 2), accent),
    ]


STATIONERY = {
    "book": Kind(book, ("book", "notebook"), (0.1, 0.25), materials=("cardboard",), shape="flat", flat=True),
    "marker": Kind(marker, ("marker", "pen", "felt pen"), (0.03, 0.06), shape="long"),
    "glue": Kind(glue, ("glue stick", "glue"), (0.03, 0.06), lying=0.2),
    "scissors": Kind(scissors, ("scissors", "pair of scissors"), (0.04, 0.1), materials=("",)),
    "stapler": Kind(stapler, ("stapler",), (0.1, 0.22), shape="long"),
    "pencil_case": Kind(pencil_case, ("pencil case", "pouch"), (0.06, 0.15), materials=("cloth",), shape="long"),
    "eraser": Kind(eraser, ("eraser", "rubber eraser"), (0.03, 0.05), materials=("rubber",)),
    "pen_pot": Kind(pen_pot, ("pen pot", "pencil holder"), (0.1, 0.22), materials=("plastic", "metal")),
}
