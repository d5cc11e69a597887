"""How the table and the light look: everything that may vary without changing what a scene means."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import mujoco
import numpy as np

TEXTURE_SIZE = 256
TABLE_HALF_SIZE = 1.2


@dataclass(frozen=True)
class Lamp:
    """A directional light: ``direction`` (3,) in which it shines, ``diffuse`` RGB in [0, 1]."""

    direction: np.ndarray
    diffuse: np.ndarray


@dataclass(frozen=True)
class Appearance:
    """Table texture (S, S, 3) uint8, how often it repeats per metre, its gloss; ambient RGB and the lamps."""

    texture: np.ndarray
    repeat: float
    gloss: float
    ambient: np.ndarray
    lamps: tuple[Lamp, ...]


def draw_appearance(rng: np.random.Generator) -> Appearance:
    """A random table under random light."""
    warmth = rng.uniform(-0.1, 0.1)
    tint = np.array([1 + warmth, 1.0, 1 - warmth])
    count = int(rng.integers(1, 4))
    return Appearance(
        texture=draw_texture(rng),
        repeat=rng.uniform(1.0, 4.0),
        gloss=rng.uniform(0.0, 0.6),
        ambient=tint * rng.uniform(0.25, 0.5),
        lamps=tuple(_draw_lamp(rng, tint * rng.uniform(0.55, 0.85) / count) for _ in range(count)),
    )


def draw_texture(rng: np.random.Generator) -> np.ndarray:
    """Two shades blended by the pattern of a material; (S, S, 3) uint8."""
    base = _natural_wood(rng) if rng.random() < 0.25 else _any_colour(rng)
    other = np.clip(base * rng.uniform(0.5, 1.25) + rng.normal(0, 0.03, 3), 0, 1)
    pattern = PATTERNS[rng.integers(len(PATTERNS))](rng)[..., None]
    speckle = rng.normal(0, rng.uniform(0, 0.03), (TEXTURE_SIZE, TEXTURE_SIZE, 1))
    return (255 * np.clip(base * (1 - pattern) + other * pattern + speckle, 0, 1)).astype(np.uint8)


def _any_colour(rng: np.random.Generator) -> np.ndarray:
    saturation = rng.choice([0.05, 0.25, 0.5]) * rng.random()
    return np.array(colorsys.hsv_to_rgb(rng.random(), saturation, rng.uniform(0.2, 1.0)))


def _natural_wood(rng: np.random.Generator) -> np.ndarray:
    return np.array(colorsys.hsv_to_rgb(rng.uniform(0.05, 0.11), rng.uniform(0.25, 0.6), rng.uniform(0.3, 0.9)))


def furnish_table(spec: mujoco.MjSpec, appearance: Appearance) -> None:
    """Add the table top (the plane z = 0), its material and the lights to ``spec``."""
    texture = spec.add_texture(name="table", type=mujoco.mjtTexture.mjTEXTURE_2D, nchannel=3)
    texture.width = texture.height = TEXTURE_SIZE
    texture.data = appearance.texture.tobytes()
    repeat = 2 * TABLE_HALF_SIZE * appearance.repeat
    material = spec.add_material(name="table", texrepeat=[repeat, repeat], specular=appearance.gloss)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "table"
    spec.worldbody.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[TABLE_HALF_SIZE, TABLE_HALF_SIZE, 0.05],
        pos=[0.5, 0, 0],
        material="table",
        friction=[0.8, 0.01, 0.001],
    )
    spec.visual.headlight.ambient = appearance.ambient
    spec.visual.headlight.diffuse = np.zeros(3)
    spec.visual.headlight.specular = np.zeros(3)
    for index, lamp in enumerate(appearance.lamps):
        spec.worldbody.add_light(
            name=f"lamp_{index}",
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            pos=np.array([0.5, 0, 0]) - 2 * lamp.direction,
            dir=lamp.direction,
            diffuse=lamp.diffuse,
            specular=lamp.diffuse * 0.5,
            castshadow=index == 0,
        )


def _draw_lamp(rng: np.random.Generator, diffuse: np.ndarray) -> Lamp:
    tilt, turn = rng.uniform(0.1, 0.9), rng.uniform(0, 2 * np.pi)
    direction = np.array([np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), -np.cos(tilt)])
    return Lamp(direction, diffuse)


def _plain(rng: np.random.Generator) -> np.ndarray:
    return np.zeros((TEXTURE_SIZE, TEXTURE_SIZE))


def _clouds(rng: np.random.Generator) -> np.ndarray:
    octaves = [_noise(rng, 4 * 2**i, 4 * 2**i) / 2**i for i in range(4)]
    return np.clip(sum(octaves) / 2, 0, 1)


def _grain(rng: np.random.Generator) -> np.ndarray:
    return np.clip(0.6 * _noise(rng, 3, 48) + 0.4 * _noise(rng, 6, 128), 0, 1)


def _tiles(rng: np.random.Generator) -> np.ndarray:
    count = int(rng.integers(2, 9))
    cells = np.indices((count, count)).sum(axis=0) % 2
    return cv2.resize(cells.astype(float), (TEXTURE_SIZE, TEXTURE_SIZE), interpolation=cv2.INTER_NEAREST)


def _planks(rng: np.random.Generator) -> np.ndarray:
    """Boards, each with a shade of its own, and dark gaps."""
    boards = int(rng.integers(3, 8))
    shades = np.repeat(rng.random(boards), -(-TEXTURE_SIZE // boards))[:TEXTURE_SIZE, None]
    gaps = (np.arange(TEXTURE_SIZE) % (TEXTURE_SIZE // boards) < 2)[:, None]
    return np.clip(0.5 * shades + 0.5 * _grain(rng).T + gaps, 0, 1)


def _granite(rng: np.random.Generator) -> np.ndarray:
    coarse, fine = _noise(rng, 40, 40), _noise(rng, 128, 128)
    return np.clip((coarse > rng.uniform(0.5, 0.8)) * 0.7 + 0.5 * (fine > 0.7), 0, 1)


def _stripes(rng: np.random.Generator) -> np.ndarray:
    """A table cloth, striped one way or both."""
    lines = (
        np.arange(TEXTURE_SIZE) * int(rng.integers(2, 9)) % TEXTURE_SIZE < TEXTURE_SIZE * rng.uniform(0.2, 0.6)
    ) * 1.0
    across = lines if rng.random() < 0.5 else np.zeros(TEXTURE_SIZE)
    return (lines[:, None] + across[None, :]) / 2


def _dots(rng: np.random.Generator) -> np.ndarray:
    count, size = int(rng.integers(3, 10)), rng.uniform(0.15, 0.35)
    cells = (np.indices((TEXTURE_SIZE, TEXTURE_SIZE)) * count / TEXTURE_SIZE) % 1 - 0.5
    return (np.hypot(*cells) < size) * 1.0


def _noise(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    return cv2.resize(rng.random((rows, columns)), (TEXTURE_SIZE, TEXTURE_SIZE), interpolation=cv2.INTER_CUBIC)


PATTERNS = (_plain, _clouds, _grain, _grain, _tiles, _planks, _granite, _stripes, _dots)
