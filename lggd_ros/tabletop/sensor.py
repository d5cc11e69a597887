"""What a camera makes of a perfect picture: colour effects, and depth noise and drop-outs like a RealSense D435's.

Depth noise grows with the square of the distance (stereo); edges and a few blobs return nothing; values are whole
millimetres (REP-118, 0 = no return).
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

DISPARITY_NOISE = 0.0025  # metres of standard deviation at 1 m
EDGE_STEP = 0.008
EDGE_LOSS = 0.5
MIN_RANGE = 0.1
MOTION_SHARE = 0.15


def sense_depth(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Depth (H, W) in metres -> (H, W) uint16 in millimetres as the sensor reports it."""
    noise = rng.standard_normal(depth.shape, np.float32)
    smooth = 2.5 * cv2.GaussianBlur(noise, (0, 0), 2.0) + 0.2 * noise
    noisy = depth + DISPARITY_NOISE * depth**2 * smooth
    lost = _edges(depth) & (_blotches(depth.shape, rng) < EDGE_LOSS) | (_blotches(depth.shape, rng) < 0.004)
    return np.where(lost | (depth < MIN_RANGE), 0, np.round(noisy * 1000)).astype(np.uint16)


def _edges(depth: np.ndarray) -> np.ndarray:
    window = np.ones((5, 5), np.uint8)
    return cv2.dilate(depth, window) - cv2.erode(depth, window) > EDGE_STEP


def _blotches(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Patchy values in [0, 1], a few pixels wide."""
    coarse = rng.random((shape[0] // 4, shape[1] // 4), np.float32)
    return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)


def sense_colour(color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour (H, W, 3) uint8 with random exposure, white balance, contrast, vignette, blur and noise, all mild."""
    blurred = _shaken(cv2.GaussianBlur(_toned(color, rng), (0, 0), rng.uniform(0.4, 1.4)), rng)
    noise = rng.uniform(0, 7) * rng.standard_normal((*color.shape[:2], 1), np.float32)
    return np.clip(blurred * _vignette(color.shape, rng.uniform(0, 0.25)) + noise, 0, 255).astype(np.uint8)


def _toned(color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gain = rng.uniform(0.65, 1.3) * (1 + rng.uniform(-0.08, 0.08, 3))
    levels = np.arange(256)[:, None] / 255
    curve = np.clip((levels * gain) ** rng.uniform(0.8, 1.25), 0, 1) * 255
    return np.stack([cv2.LUT(color[..., i], curve[:, i].astype(np.uint8)) for i in range(3)], axis=-1)


def _shaken(color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Now and then a short streak of motion along one image axis."""
    length = int(rng.integers(2, 6))
    return cv2.blur(color, [(length, 1), (1, length)][rng.integers(2)]) if rng.random() < MOTION_SHARE else color


@cache
def _distance(shape: tuple[int, ...]) -> np.ndarray:
    """Squared distance (H, W, 1) from the image centre, 1 in the corners."""
    rows, columns = (np.linspace(-1, 1, size, dtype=np.float32) for size in shape[:2])
    return (rows[:, None, None] ** 2 + columns[None, :, None] ** 2) / 2


def _vignette(shape: tuple[int, ...], loss: float) -> np.ndarray:
    return 1 - np.float32(loss) * _distance(shape)
