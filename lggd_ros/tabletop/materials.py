"""What things are made of: how each material shines, lets light through and is patterned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import mujoco
import numpy as np

SIZE = 64


def _grain() -> np.ndarray:
    """Wood: long streaks along x, darker year rings."""
    streaks = _noise(SIZE, 3)
    return 0.72 + 0.34 * streaks - 0.3 * (_noise(12, 2) > 0.72)


def _brushed() -> np.ndarray:
    """Metal: fine streaks, and a bright and a dark sheen aslant, as of a room that it mirrors."""
    rows, columns = np.indices((SIZE, SIZE)) / SIZE
    sheen = np.sin(2 * np.pi * (rows + columns))
    return 0.75 + 0.12 * _noise(SIZE, 2) + 0.22 * sheen


def _weave() -> np.ndarray:
    """Cloth: crossing threads."""
    rows, columns = np.indices((SIZE, SIZE)) // 4
    return np.where((rows + columns) % 2, 1.0, 0.72) - 0.1 * _noise(SIZE, SIZE)


def _fibres() -> np.ndarray:
    """Cardboard: the flutes of its inner layer, and blotches."""
    flutes = np.sin(2 * np.pi * 8 * np.indices((SIZE, SIZE))[0] / SIZE)
    return 0.86 + 0.08 * flutes - 0.1 * _noise(SIZE // 2, SIZE // 2) - 0.06 * _noise(4, 4)


def _glaze() -> np.ndarray:
    """Ceramic: dark speckles in a mottled glaze, as of stoneware."""
    return 0.96 - 0.08 * _noise(8, 8) - 0.42 * (_noise(24, 24) > 0.8)


def _dots() -> np.ndarray:
    """Rubber: rows of moulded dots."""
    rows, columns = np.indices((SIZE, SIZE)) % 16 - 7.5
    return np.where(np.hypot(rows, columns) < 4.5, 0.68, 1.0)


def _noise(rows: int, columns: int) -> np.ndarray:
    coarse = np.random.default_rng(rows * SIZE + columns).random((rows, columns))
    return cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


@dataclass(frozen=True)
class Material:
    """How a material looks: ``specular`` and ``shininess`` in [0, 1], ``opacity`` in (0, 1].

    ``pattern`` gives brightness (S, S) by which the colour is multiplied, or None.
    """

    specular: float
    shininess: float
    opacity: float = 1.0
    pattern: Callable[[], np.ndarray] | None = None


MATERIALS = {
    "plastic": Material(0.35, 0.4),
    "metal": Material(1.0, 0.75, pattern=_brushed),
    "wood": Material(0.08, 0.1, pattern=_grain),
    "glass": Material(1.0, 1.0, opacity=0.55),
    "ceramic": Material(0.8, 0.9, pattern=_glaze),
    "rubber": Material(0.05, 0.05, pattern=_dots),
    "cardboard": Material(0.0, 0.0, pattern=_fibres),
    "cloth": Material(0.0, 0.0, pattern=_weave),
    "wax": Material(0.25, 0.2),
    "skin": Material(0.2, 0.25),  # of fruit
}


def add_material(spec: mujoco.MjSpec, name: str) -> str:
    """Name of the material in ``spec``, where it is made on first use."""
    if spec.material(name) is None:
        look = MATERIALS[name]
        finish = spec.add_material(name=name, specular=look.specular, shininess=look.shininess)
        if look.pattern is not None:
            _add_texture(spec, name, look.pattern())
            finish.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
    return name


def _add_texture(spec: mujoco.MjSpec, name: str, pattern: np.ndarray) -> None:
    """The pattern on all six sides of a cube map."""
    texture = spec.add_texture(name=name, type=mujoco.mjtTexture.mjTEXTURE_CUBE, nchannel=3)
    texture.width, texture.height = SIZE, 6 * SIZE
    face = np.repeat((255 * np.clip(pattern, 0, 1)).astype(np.uint8)[..., None], 3, axis=2)
    texture.data = np.tile(face, (6, 1, 1)).tobytes()
