"""Colours a person would name without hesitation, each with the variation that real things have."""

from __future__ import annotations

import colorsys

import numpy as np

Rgba = tuple[float, float, float, float]

# Hue in degrees, saturation and value in [0, 1]; gaps between the hues keep the names unmistakable.
HSV_RANGES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "red": ((-6, 5), (0.8, 0.97), (0.6, 0.9)),
    "orange": ((20, 29), (0.88, 1.0), (0.92, 1.0)),
    "yellow": ((48, 56), (0.75, 0.95), (0.88, 1.0)),
    "green": ((95, 145), (0.55, 0.9), (0.35, 0.75)),
    "blue": ((208, 232), (0.65, 0.95), (0.45, 0.9)),
    "purple": ((268, 286), (0.5, 0.75), (0.4, 0.7)),
    "pink": ((325, 345), (0.35, 0.6), (0.92, 1.0)),
    "black": ((0, 360), (0.0, 0.15), (0.04, 0.11)),
    "white": ((0, 360), (0.0, 0.05), (0.92, 1.0)),
    "brown": ((18, 28), (0.52, 0.7), (0.28, 0.42)),
    "grey": ((0, 360), (0.0, 0.06), (0.4, 0.58)),
}
COLOURS = tuple(HSV_RANGES)


def draw_colour(name: str, rng: np.random.Generator) -> Rgba:
    """One variant of the named colour as RGBA in [0, 1]."""
    hue, saturation, value = (rng.uniform(*bounds) for bounds in HSV_RANGES[name])
    return (*colorsys.hsv_to_rgb(hue / 360 % 1, saturation, value), 1.0)


def shade(rgba: Rgba, factor: float) -> Rgba:
    """The same colour darker (factor < 1) or lighter (factor > 1)."""
    red, green, blue = (c * factor if factor < 1 else 1 - (1 - c) / factor for c in rgba[:3])
    return (red, green, blue, 1.0)
