"""Files of a data set, read or refused with one sentence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

_ENDS = {".png": b"IEND\xaeB`\x82", ".jpg": b"\xff\xd9"}
_TAIL = 64  # bytes; some writers pad the end of a file


class DataError(ValueError):
    """A data set that is missing, incomplete or corrupt; the message names the file."""


def read_json(file: Path) -> Any:
    """Raises DataError when the file is missing or no JSON."""
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        raise DataError(f"'{file}' is missing") from None
    except ValueError as error:
        raise DataError(f"'{file}' is not valid JSON, it may be cut off: {error}") from None


def read_image(file: Path, flags: int = cv2.IMREAD_UNCHANGED) -> np.ndarray:
    """Raises DataError when the file is missing, cut off or no image."""
    check_end(file)
    image = cv2.imread(str(file), flags)
    if image is None:
        raise DataError(f"'{file}' is no image")
    return image


def read_depth(file: Path, size: tuple[int, ...]) -> np.ndarray:
    """Depth (H, W) uint16 millimetres, aligned to an image of that ``size``. Raises DataError."""
    depth = read_image(file)
    if depth.dtype != np.uint16 or depth.shape != size:
        raise DataError(
            f"'{file}' is {depth.dtype} {depth.shape}; expected uint16 {size}, in millimetres; make it again"
        )
    return depth


def check_end(file: Path) -> None:
    """Raises DataError for a PNG or JPEG that is missing or lacks its end; decoders fill what is cut off with grey."""
    try:
        with file.open("rb") as stream:
            stream.seek(max(file.stat().st_size - _TAIL, 0))
            tail = stream.read()
    except FileNotFoundError:
        raise DataError(f"'{file}' is missing") from None
    if _ENDS[file.suffix.lower()] not in tail:
        raise DataError(f"'{file}' is cut off or no {file.suffix[1:].upper()} image; fetch it again")


def content_digest(root: Path) -> str:
    """SHA-256 over the names and the content of all files in the ``scene_*`` folders of tabletop data."""
    digest = hashlib.sha256()
    for file in sorted(root.glob("scene_*/*")):
        digest.update(f"{file.relative_to(root).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
