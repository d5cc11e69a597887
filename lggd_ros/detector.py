"""Image and instruction in, mask and ranked grasps out: the one entry point for people who want no ROS.

detector = GraspDetector.load("lggd_tabletop")
detection = detector.detect(image, "pick up the red mug", depth)
grasps = detection.lift(depth, camera).grasps
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from lggd_ros.decision import ABSENT, AMBIGUOUS, FOUND, LIKELY, SURE, UNTUNED, Decision, meant_region
from lggd_ros.engine import Engine
from lggd_ros.grasps.camera import PinholeCamera, depth_in_metres
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.lift import CAMERA_UP, Grasp6D, LiftError, lift_grasp
from lggd_ros.grasps.maps import GraspMaps, decode
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network import LGGD, load_checkpoint
from lggd_ros.network.checkpoint import CheckpointError
from lggd_ros.resources import resource_folders

DEFAULT_CHECKPOINT = "lggd_tabletop"
MAX_TEXT_LENGTH = 300
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Lifted:
    """6-DoF grasps in the optical frame, best first, and a sentence for each planar grasp that could not be lifted."""

    grasps: list[Grasp6D]
    rejections: list[str]


@dataclass(frozen=True)
class Detection:
    """What one image shows of the thing that ``text`` names.

    ``status``: ``found`` | ``absent`` | ``ambiguous``. ``presence``: probability in [0, 1] that the thing is in view.
    ``mask`` (H, W) bool. ``grasps``: pixels of the input image, in the order of ``maps.decode``; empty unless found.
    ``candidates``: boxes (x, y, width, height) of the matching things when ambiguous. ``mended``: how ``text`` was
    read, if not as it stands.
    """

    text: str
    status: str
    presence: float
    mask: np.ndarray
    grasps: list[PlanarGrasp] = field(default_factory=list)
    candidates: list[Box] = field(default_factory=list)
    mended: str | None = None

    @property
    def message(self) -> str:
        """A sentence for a person."""
        said = f"'{self.text}'" if self.mended is None else f"'{self.text}', read as '{self.mended}',"
        if self.status == ABSENT and self.presence > 0.5:
            return f"{said} seems to be here (presence {self.presence:.2f}), but no pixel surely belongs to it"
        if self.status == ABSENT:
            return f"nothing here matches {said} (presence {self.presence:.2f})"
        if self.status == AMBIGUOUS:
            candidates = f"{len(self.candidates)} things match" if len(self.candidates) > 1 else "it is unclear"
            return f"{said} does not say surely which thing is meant ({candidates}); say more of it"
        return f"found {said} (presence {self.presence:.2f}) with {len(self.grasps)} grasps"

    def lift(self, depth: np.ndarray, camera: PinholeCamera, up: Sequence[float] | np.ndarray = CAMERA_UP) -> Lifted:
        """Lift the grasps to 6-DoF with an aligned depth image (H, W), uint16 millimetres or float metres (REP-118).

        ``up``: unit vector against the approach, in the optical frame (default: approach along the optical axis).
        Raises ValueError when depth, camera and image differ in size.
        """
        _check_aligned(depth, self.mask.shape)
        cloud = camera.point_cloud(depth_in_metres(depth))
        grasps, rejections = [], []
        for number, grasp in enumerate(self.grasps, start=1):
            try:
                grasps.append(lift_grasp(grasp, cloud, self.mask, camera, up))
            except LiftError as error:
                rejections.append(f"grasp {number}: {error}")
        return Lifted(grasps, rejections)


class GraspDetector:
    """LGGD with a checkpoint, ready to answer. Not thread-safe (see ``Engine``): ask one question at a time.

    ``engine`` turns images and sentences into maps, ``read`` turns maps into a detection; ``detect`` is both.
    """

    def __init__(self, network: LGGD, device: str | torch.device = "cpu", decision: Decision = UNTUNED):
        self.engine = Engine(network, device)
        self.decision = decision

    @classmethod
    def load(cls, path_or_name: str | Path = DEFAULT_CHECKPOINT, device: str = "auto") -> GraspDetector:
        """Load a checkpoint file, or one of the shipped ones by name, and answer once, which takes longest.

        ``device``: ``auto`` (CUDA where there is one), ``cpu``, ``cuda`` or ``cuda:N``. Raises CheckpointError when the
        file is unknown or broken, ValueError when the device is not there.
        """
        checkpoint = load_checkpoint(checkpoint_path(path_or_name))
        detector = cls(checkpoint.network, choose_device(device), Decision.of(checkpoint.about))
        detector.detect(np.zeros((*checkpoint.network.config.input_size, 3), np.uint8), "the mug")
        return detector

    def detect(self, image: np.ndarray, text: str, depth: np.ndarray | None = None, top_k: int = 5) -> Detection:
        """Find what ``text`` names in ``image`` (H, W, 3) uint8 RGB, and up to ``top_k`` grasps on it.

        ``depth``: aligned to it (H, W), uint16 millimetres or float metres (REP-118). A network that sees relief knows
        things better by it, and does without where there is none. Raises ValueError on an empty or over-long text, on
        an image of another shape or type, or where the sizes of the two differ.
        """
        _check_input(image, text, top_k)
        if depth is not None:
            _check_aligned(depth, image.shape[:2])
        engine, box = self.engine, self.letterbox(image)
        maps, match = engine.compute(engine.prepare([image], box, [depth]), engine.sentences((text,)))
        return self.read(text, maps[0].cpu().numpy(), match[0].cpu().numpy(), box, top_k)

    def letterbox(self, image: np.ndarray) -> Letterbox:
        """How an image (H, W, 3) is fitted into the network's input."""
        return Letterbox(image.shape[:2], self.engine.network.config.input_size)

    def read(self, text: str, maps: np.ndarray, match: np.ndarray, box: Letterbox, top_k: int) -> Detection:
        """One of ``Engine.compute``'s answers, maps (6, h, w) and match (3,), as what it says of the image."""
        inside, match = meant_region(maps[0], maps[5]), self.decision.calibrated(match)
        status, presence = self.decision.status(match, maps[0], inside), float(1 - match[0])
        said = self.engine.network.mended(text)
        mended = None if said == text else said
        if status != FOUND:
            mask = box.restore(maps[0]) > SURE
            boxes = _component_boxes(mask) if status == AMBIGUOUS else []
            return Detection(text, status, presence, mask, candidates=boxes, mended=mended)
        mask = box.restore(np.where(inside, maps[0], 0)) > LIKELY
        return Detection(text, status, presence, mask, self._grasps(maps, inside, box, top_k), mended=mended)

    def _grasps(self, maps: np.ndarray, inside: np.ndarray, box: Letterbox, top_k: int) -> list[PlanarGrasp]:
        scale, stride = self.engine.network.config.opening_scale, box.target[0] // maps.shape[1]
        grasps = decode(GraspMaps.of(maps), inside, top_k, scale)
        return [box.grasp_to_image(grasp, stride) for grasp in grasps]


def checkpoint_path(path_or_name: str | Path) -> Path:
    """A file, or ``models/NAME.safetensors`` of this package (source or installed). Raises CheckpointError."""
    path = Path(path_or_name)
    if path.suffix == ".safetensors" or len(path.parts) > 1:
        if path.is_file():
            return path
        raise CheckpointError(f"checkpoint '{path}' does not exist; give a .safetensors file or a name in models/")
    folders = resource_folders("models")
    for folder in folders:
        if (folder / f"{path}.safetensors").is_file():
            return folder / f"{path}.safetensors"
    known = sorted({file.stem for folder in folders for file in folder.glob("*.safetensors")})
    raise CheckpointError(f"no checkpoint is called '{path}'; known: {', '.join(known) or 'none'}")


def choose_device(device: str) -> torch.device:
    """``auto`` | ``cpu`` | ``cuda`` | ``cuda:N`` -> a device that exists. Raises ValueError."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise ValueError(f"device '{device}' is unknown; use auto, cpu, cuda or cuda:N")
    chosen = torch.device(device)
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device '{device}' is not there: {torch.cuda.device_count()} CUDA devices found; use auto or cpu"
        )
    return chosen


def _check_aligned(depth: np.ndarray, size: tuple[int, ...]) -> None:
    if depth.ndim != 2:
        raise ValueError(f"depth image has the shape {depth.shape}; give (height, width)")
    if depth.shape != size:
        seen = "x".join(map(str, depth.shape[1::-1]))
        raise ValueError(
            f"depth image is {seen} but the colour image is {size[1]}x{size[0]}; align depth to colour first"
        )


def _check_input(image: np.ndarray, text: str, top_k: int) -> None:
    if not text.strip():
        raise ValueError("the instruction is empty; say what to pick, for example 'the red mug'")
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError(f"the instruction has {len(text)} characters; at most {MAX_TEXT_LENGTH} are read")
    if image.ndim != 3 or image.shape[2] != 3 or not image.size or image.dtype != np.uint8:
        raise ValueError(f"image has shape {image.shape} and type {image.dtype}; expected (height, width, 3) uint8 RGB")
    if top_k < 1:
        raise ValueError(f"top_k is {top_k}; ask for at least one grasp")


def _component_boxes(mask: np.ndarray) -> list[Box]:
    """Boxes of the regions of a mask, largest first, specks left out."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    regions = sorted((s for s in stats[1:]), key=lambda s: -s[cv2.CC_STAT_AREA])
    large = [s for s in regions if s[cv2.CC_STAT_AREA] >= 0.1 * regions[0][cv2.CC_STAT_AREA]]
    return [(int(x), int(y), int(width), int(height)) for x, y, width, height, _ in large]
