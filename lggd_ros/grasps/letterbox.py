"""Fitting an image of any size into the network's input without squashing it, and mapping the answer back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from lggd_ros.grasps.planar import PlanarGrasp

PAD_VALUE = 114


@dataclass(frozen=True)
class Letterbox:
    """Map from an image of ``source`` (H, W) to an input of ``target`` (H, W): uniform ``scale``, centred, padded."""

    source: tuple[int, int]
    target: tuple[int, int]

    @property
    def scale(self) -> float:
        """Input pixels per image pixel."""
        return min(self.target[0] / self.source[0], self.target[1] / self.source[1])

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the image inside the input."""
        return max(round(self.source[0] * self.scale), 1), max(round(self.source[1] * self.scale), 1)

    @property
    def offset(self) -> tuple[int, int]:
        """(top, left) of the image inside the input."""
        return (self.target[0] - self.size[0]) // 2, (self.target[1] - self.size[1]) // 2

    def apply(self, image: np.ndarray, interpolation: int = cv2.INTER_AREA, pad: int = PAD_VALUE) -> np.ndarray:
        """Resize and pad an image (H, W[, C]) of ``source`` size."""
        (height, width), (top, left) = self.size, self.offset
        resized = cv2.resize(image, (width, height), interpolation=interpolation)
        padded = np.full((*self.target, *image.shape[2:]), pad, image.dtype)
        padded[top : top + height, left : left + width] = resized
        return padded

    def restore(self, map_: np.ndarray) -> np.ndarray:
        """A map (h, w) float32 over the input, at any stride -> the same over the source image (H, W)."""
        ratio, left, top = self._onto_map(self.target[0] / map_.shape[0])
        onto_map = np.array([[ratio, 0, left], [0, ratio, top]])
        flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, self.source[::-1]
        return cv2.warpAffine(map_.astype(np.float32), onto_map, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)

    def grasp_to_map(self, grasp: PlanarGrasp, stride: int) -> PlanarGrasp:
        """A grasp in image pixels -> in pixels of a map of the given stride. Pixel centres lie on whole numbers."""
        ratio, left, top = self._onto_map(stride)
        return grasp.scaled(ratio, ratio, left, top)

    def grasp_to_image(self, grasp: PlanarGrasp, stride: int) -> PlanarGrasp:
        """Inverse of ``grasp_to_map``."""
        ratio, left, top = self._onto_map(stride)
        return grasp.scaled(1 / ratio, 1 / ratio, -left / ratio, -top / ratio)

    def _onto_map(self, stride: float) -> tuple[float, float, float]:
        """Map pixels per image pixel, and where the image's first pixel lies in the map (x, y)."""
        (top, left), ratio = self.offset, self.scale / stride
        shift = 0.5 * ratio - 0.5
        return ratio, shift + left / stride, shift + top / stride
