"""``lggd detect``: colour and depth files in; an overlay picture and a JSON of planar and 6-DoF grasps out."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from lggd_ros.detector import Detection, GraspDetector, Lifted
from lggd_ros.grasps.camera import PinholeCamera
from lggd_ros.overlay import draw


def detect_files(
    color: Path,
    depth: Path | None,
    intrinsics: tuple[float, ...] | None,
    text: str,
    out: Path,
    top_k: int = 5,
    checkpoint: str | Path = "lggd_tabletop",
    device: str = "auto",
) -> str:
    """Detect, write ``overlay.png`` and ``detection.json`` to ``out``, and return a summary for a person.

    Raises ValueError with one sentence on unreadable files, sizes that differ, or depth without intrinsics.
    """
    image = read_color(color)
    depth_image = read_depth(depth) if depth is not None else None
    camera = _camera(intrinsics, image) if depth_image is not None else None
    detection = GraspDetector.load(checkpoint, device).detect(image, text, depth_image, top_k)
    lifted = detection.lift(depth_image, camera) if depth_image is not None and camera is not None else Lifted([], [])
    out.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out / "overlay.png"), draw(image, detection)[..., ::-1])
    (out / "detection.json").write_text(json.dumps(_as_json(detection, lifted), indent=2) + "\n")
    lines = [detection.message, *lifted.rejections, f"{len(lifted.grasps)} grasps in 6-DoF; see {out}/overlay.png"]
    return "\n".join(lines)


def read_color(path: Path) -> np.ndarray:
    """An image file as (H, W, 3) uint8 RGB. Raises ValueError."""
    image = _read(path, cv2.IMREAD_COLOR, "colour")
    return np.ascontiguousarray(image[..., ::-1])


def read_depth(path: Path) -> np.ndarray:
    """A 16-bit PNG in millimetres as (H, W) uint16. Raises ValueError."""
    depth = _read(path, cv2.IMREAD_UNCHANGED, "depth")
    if depth.dtype != np.uint16 or depth.ndim != 2:
        raise ValueError(
            f"depth image {path} has type {depth.dtype} and shape {depth.shape}; "
            "expected one 16-bit channel in millimetres (REP-118)"
        )
    return depth


def _read(path: Path, flags: int, what: str) -> np.ndarray:
    if not path.is_file():
        raise ValueError(f"{what} image {path} does not exist")
    # An empty file decodes to an error and a broken one to None; both mean the same to a person.
    encoded = np.fromfile(path, np.uint8)
    image = cv2.imdecode(encoded, flags) if encoded.size else None
    if image is None:
        raise ValueError(f"{what} image {path} cannot be read; it is not a whole PNG or JPEG file")
    return image


def _camera(intrinsics: tuple[float, ...] | None, image: np.ndarray) -> PinholeCamera:
    if intrinsics is None:
        raise ValueError("--depth needs --intrinsics fx,fy,cx,cy (camera_info's k[0], k[4], k[2], k[5])")
    fx, fy, cx, cy = intrinsics
    return PinholeCamera(fx, fy, cx, cy, width=image.shape[1], height=image.shape[0])


def _as_json(detection: Detection, lifted: Lifted) -> dict:
    return {
        "text": detection.text,
        "status": detection.status,
        "presence": detection.presence,
        "message": detection.message,
        "mask_pixels": int(detection.mask.sum()),
        "candidates": detection.candidates,
        "planar_grasps": [vars(grasp) for grasp in detection.grasps],
        "grasps": [
            {
                "frame": "camera optical frame",
                "pose": grasp.pose.tolist(),
                "opening": grasp.opening,
                "object_width": grasp.object_width,
                "quality": grasp.quality,
                "planar": vars(grasp.planar),
            }
            for grasp in lifted.grasps
        ],
        "rejections": lifted.rejections,
    }
