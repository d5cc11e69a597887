"""Reader of Grasp-Anything++ (Vuong et al., CVPR 2024): a million generated pictures with instructions about parts.

ROOT/image/SHA.jpg                                            416 x 416, from the archive of Grasp-Anything
ROOT/{grasp_instructions | prompt}/SHA_OBJECT_PART.pkl        a sentence, or a list of them
ROOT/{grasp_label_positive | positive_grasp}/SHA_OBJECT_PART.pt   (N, 6) score, x, y, w, h, θ in degrees
ROOT/{part_mask | mask}/SHA_OBJECT_PART.npy                   416 x 416 uint8
ROOT/split/grasp-anything++/{train/seen,test/seen,test/unseen}.obj   from the repository of LGD: lists of SHA_OBJECT

Whatever a stranger pickled is read as plain data: see ``pickles``, and ``weights_only`` for tensors.
"""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from lggd_ros.data.files import DataError, read_image
from lggd_ros.data.pickles import load_plain
from lggd_ros.data.scene import Instruction, Scene, Scenes, paint_instances
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.picture import picture
from lggd_ros.grasps.planar import PlanarGrasp, wrap_angle
from lggd_ros.network.config import LGGDConfig

IMAGE = "image"
INSTRUCTIONS = ("grasp_instructions", "prompt")
GRASPS = ("grasp_label_positive", "positive_grasp")
MASKS = ("part_mask", "mask")
SPLIT_FOLDER = "split/grasp-anything++"
SPLITS = {"train": "train/seen.obj", "test-seen": "test/seen.obj", "test-unseen": "test/unseen.obj"}

_PART = re.compile(r"[0-9a-f]{64}_\d+_\d+")


class GraspAnythingScenes(Scenes):
    """One split, or ``"all"``: every part that has instruction, grasps, mask and image; read when they are asked for.

    A scene is one part, because masks of parts overlap (a knife and its handle) and the instances of a scene may not.
    Every grasp has quality 1, as in the authors' loaders. Raises DataError for an unknown split or one with no part.
    """

    def __init__(self, root: Path | str, split: str, config: LGGDConfig) -> None:
        self.root, self._config = Path(root), config
        chosen = None if split == "all" else set(read_split(split_file(self.root, split)))
        self._instructions, self._grasps, self._masks = (folder_of(self.root, n) for n in (INSTRUCTIONS, GRASPS, MASKS))
        images = stems(self.root / IMAGE, ".jpg")
        complete = parts(self._instructions, ".pkl") & parts(self._grasps, ".pt") & parts(self._masks, ".npy")
        self.names = sorted(
            part for part in complete if image_of(part) in images and (chosen is None or object_of(part) in chosen)
        )
        if not self.names:
            raise DataError(
                f"'{self.root}' has no complete sample of Grasp-Anything++ {split}; see 'lggd data check {self.root}'"
            )

    @property
    def samples(self) -> list[int]:
        """One for each part; where it has several sentences, they take turns."""
        return [1] * len(self.names)

    def read(self, name: str) -> Scene:
        """Decode the picture, the mask, the grasps and the instruction of a part."""
        color_file, mask_file = self.root / IMAGE / f"{image_of(name)}.jpg", self._masks / f"{name}.npy"
        color, mask = read_image(color_file, cv2.IMREAD_COLOR_RGB), read_mask(mask_file)
        if mask.shape != color.shape[:2]:
            raise DataError(f"'{mask_file}' is {mask.shape} but its image is {color.shape[:2]}; they must agree")
        config = self._config
        box, stride = Letterbox(mask.shape, config.input_size), config.map_stride
        instances = Letterbox(mask.shape, config.map_size).apply(mask, cv2.INTER_NEAREST_EXACT, pad=0)
        grasps = {1: [box.grasp_to_map(grasp, stride) for grasp in read_grasps(self._grasps / f"{name}.pt")]}
        texts = read_instructions(self._instructions / f"{name}.pkl")
        return Scene(
            name=name,
            image=picture(color, None, box, config.channels),
            instances=instances,
            maps=paint_instances(instances, grasps, config.opening_scale),
            grasps=grasps,
            instructions=[Instruction(text, (1,), "part") for text in texts],
            labels={1: ()},
        )


def split_file(root: Path, split: str) -> Path:
    """Raises DataError for a split that is unknown or has no list."""
    if split not in SPLITS:
        raise DataError(f"Grasp-Anything++ has no split '{split}'; it has {', '.join(SPLITS)} and all")
    file = root / SPLIT_FOLDER / SPLITS[split]
    if not file.is_file():
        raise DataError(f"'{file}' is missing; copy the folder split/ of the LGD repository there, or use split 'all'")
    return file


def read_split(file: Path) -> list[str]:
    """The objects of a split, ``SHA_OBJECT``. Raises DataError."""
    objects = load_plain(file)
    if not isinstance(objects, list) or not all(isinstance(name, str) and "_" in name for name in objects):
        raise DataError(f"'{file}' is no list of names such as SHA_0; fetch it again")
    return objects


def folder_of(root: Path, names: Sequence[str]) -> Path:
    """The first of the names that is a folder of ROOT. Raises DataError when none is."""
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise DataError(f"'{root}' has no folder {' or '.join(names)}; see 'lggd data check {root}'")


def stems(folder: Path, suffix: str) -> set[str]:
    """Names without suffix of the files of a folder; none of a folder that is missing."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name[: -len(suffix)] for entry in entries if entry.name.endswith(suffix)}
    except FileNotFoundError:
        return set()


def parts(folder: Path, suffix: str) -> set[str]:
    """The ``SHA_OBJECT_PART`` of a folder; those of Grasp-Anything, called SHA or SHA_OBJECT, do not count."""
    return {stem for stem in stems(folder, suffix) if _PART.fullmatch(stem)}


def object_of(part: str) -> str:
    """``SHA_OBJECT_PART`` -> ``SHA_OBJECT``."""
    return part.rsplit("_", 1)[0]


def image_of(part: str) -> str:
    """``SHA_OBJECT`` or ``SHA_OBJECT_PART`` -> ``SHA``."""
    return part.split("_", 1)[0]


def read_instructions(file: Path) -> list[str]:
    """The sentences about a part. Raises DataError."""
    content = load_plain(file)
    texts = [content] if isinstance(content, str) else content
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise DataError(f"'{file}' holds no instruction; fetch it again")
    return texts


def read_mask(file: Path) -> np.ndarray:
    """(H, W) uint8, 1 = the part. Raises DataError."""
    try:
        mask = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"'{file}' is missing") from None
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"'{file}' is no mask, it may be cut off: {error}") from None
    if mask.ndim != 2:
        raise DataError(f"'{file}' has shape {mask.shape}; a mask has height and width")
    return (mask != 0).astype(np.uint8)


def read_grasps(file: Path) -> list[PlanarGrasp]:
    """Grasps in pixels of the image. Raises DataError.

    The authors' loaders negate θ because they count angles against the clock; θ as it is stored turns from +x towards
    +y, the direction of ``w``, in which the fingers close, and that is this project's convention.
    """
    try:
        rows = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DataError(f"'{file}' is missing") from None
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        reason = str(error).split("\n")[0]
        raise DataError(f"'{file}' is no tensor, it may be cut off: {reason}") from None
    if not isinstance(rows, torch.Tensor) or rows.ndim != 2 or rows.shape[1] != 6 or not rows.isfinite().all():
        raise DataError(f"'{file}' is no (N, 6) table of finite grasps; fetch it again")
    return [
        PlanarGrasp(x, y, wrap_angle(np.deg2rad(theta)), width, height)
        for _, x, y, width, height, theta in rows.tolist()
    ]
