"""Drawing a detection over its image: for people, for ``~/overlay`` and for the demo's files."""

from __future__ import annotations

import cv2
import numpy as np

from lggd_ros.detector import AMBIGUOUS, FOUND, Detection
from lggd_ros.grasps.planar import PlanarGrasp

MASK_COLOUR = (30, 200, 90)
JAW_COLOUR, OPENING_COLOUR, OTHER_COLOUR = (255, 60, 60), (255, 220, 60), (190, 190, 190)


def draw(image: np.ndarray, detection: Detection) -> np.ndarray:
    """Mask, grasps (the best in colour) and a caption over a copy of ``image`` (H, W, 3) uint8 RGB."""
    picture = image.copy()
    if detection.status != FOUND:
        for x, y, width, height in detection.candidates:
            cv2.rectangle(picture, (x, y), (x + width, y + height), OPENING_COLOUR, 2)
    if detection.status in (FOUND, AMBIGUOUS):
        picture = _tint(picture, detection.mask)
    for grasp in reversed(detection.grasps[1:]):
        _draw_grasp(picture, grasp, OTHER_COLOUR, OTHER_COLOUR, 1)
    for grasp in detection.grasps[:1]:
        _draw_grasp(picture, grasp, JAW_COLOUR, OPENING_COLOUR, 2)
    return _caption(picture, f"{detection.text}: {detection.status} ({detection.presence:.2f})")


def _tint(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    tinted = picture.copy()
    tinted[mask] = (0.55 * tinted[mask] + 0.45 * np.array(MASK_COLOUR)).astype(np.uint8)
    outline, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(tinted, outline, -1, MASK_COLOUR, 1)


def _draw_grasp(picture: np.ndarray, grasp: PlanarGrasp, jaws: tuple, opening: tuple, thickness: int) -> None:
    """Jaws as the two sides across the closing direction, the opening as the two along it."""
    p1, p2, p3, p4 = (tuple(int(v) for v in corner) for corner in grasp.corners().round())
    for start, end, colour in [(p1, p4, opening), (p2, p3, opening), (p1, p2, jaws), (p3, p4, jaws)]:
        cv2.line(picture, start, end, colour, thickness, cv2.LINE_AA)
    cv2.circle(picture, (round(grasp.x), round(grasp.y)), thickness + 1, jaws, -1, cv2.LINE_AA)


def _caption(picture: np.ndarray, text: str) -> np.ndarray:
    scale = max(picture.shape[1] / 1280, 0.45)
    cv2.rectangle(picture, (0, 0), (picture.shape[1], round(38 * scale)), (20, 20, 20), -1)
    cv2.putText(picture, text, (8, round(27 * scale)), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)
    return picture
