"""What a network is given of colour and depth."""

from __future__ import annotations

import cv2
import numpy as np

from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.relief import UNKNOWN, relief


def picture(color: np.ndarray, depth: np.ndarray | None, box: Letterbox, channels: int) -> np.ndarray:
    """Colour (H, W, 3) uint8 RGB, fitted into ``box``; with four ``channels`` also the relief of its aligned depth
    (H, W), unknown where there is none: (h, w, channels) uint8."""
    fitted = box.apply(color)
    if channels == 3:
        return fitted
    levels = np.full(color.shape[:2], UNKNOWN, np.uint8) if depth is None else relief(depth)
    both = np.empty((*box.target, channels), np.uint8)
    cv2.mixChannels([fitted, box.apply(levels, pad=UNKNOWN)], [both], [0, 0, 1, 1, 2, 2, 3, 3])
    return both
