"""sensor_msgs/Image and CameraInfo <-> NumPy and PinholeCamera.

cv_bridge ignores ``step`` and calls a method that NumPy 2 removed; this works on NumPy 1 and 2, with row padding and
either byte order.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lggd_ros.grasps.camera import PinholeCamera

_FORMATS = {
    "rgb8": (np.uint8, 3),
    "bgr8": (np.uint8, 3),
    "rgba8": (np.uint8, 4),
    "bgra8": (np.uint8, 4),
    "mono8": (np.uint8, 1),
    "mono16": (np.uint16, 1),
    "16UC1": (np.uint16, 1),
    "32FC1": (np.float32, 1),
}
_RGB_CHANNELS = {"rgb8": [0, 1, 2], "bgr8": [2, 1, 0], "rgba8": [0, 1, 2], "bgra8": [2, 1, 0], "mono8": [0, 0, 0]}
_DEPTH_ENCODINGS = ("16UC1", "mono16", "32FC1")


def image_to_numpy(message: Image) -> np.ndarray:
    """Pixels as they are encoded: (H, W) or (H, W, channels), in this machine's byte order.

    Raises ValueError on an unknown encoding, or on data that does not fit the size and step.
    """
    kind, channels = _format(message.encoding)
    dtype = np.dtype(kind).newbyteorder(">" if message.is_bigendian else "<")
    row = message.width * channels * dtype.itemsize
    data = np.frombuffer(message.data, np.uint8)
    if message.step < row or data.size < message.step * message.height:
        raise ValueError(
            f"image of {message.width}x{message.height} {message.encoding} has {data.size} bytes in rows of "
            f"{message.step}; expected at least {row} bytes a row"
        )
    rows = data[: message.step * message.height].reshape(message.height, message.step)[:, :row]
    pixels: np.ndarray = np.ascontiguousarray(rows).view(dtype).astype(kind)
    return pixels if channels == 1 else pixels.reshape(message.height, message.width, channels)


def rgb_image(message: Image) -> np.ndarray:
    """A colour (or mono8) image as (H, W, 3) uint8 RGB. Raises ValueError."""
    if message.encoding not in _RGB_CHANNELS:
        raise ValueError(f"colour image is encoded as '{message.encoding}'; supported: {', '.join(_RGB_CHANNELS)}")
    pixels = image_to_numpy(message)
    return np.ascontiguousarray(np.atleast_3d(pixels)[..., _RGB_CHANNELS[message.encoding]])


def depth_image(message: Image) -> np.ndarray:
    """A depth image (H, W) after REP-118: uint16 in millimetres or float32 in metres. Raises ValueError."""
    if message.encoding not in _DEPTH_ENCODINGS:
        raise ValueError(f"depth image is encoded as '{message.encoding}'; supported: {', '.join(_DEPTH_ENCODINGS)}")
    return image_to_numpy(message)


def numpy_to_image(pixels: np.ndarray, encoding: str, header: Header) -> Image:
    """Pixels (H, W) or (H, W, channels) as a message. Raises ValueError when they do not fit ``encoding``."""
    kind, channels = _format(encoding)
    height, width, *rest = pixels.shape if pixels.ndim > 1 else (0, 0, -1)
    if pixels.dtype != kind or rest != ([] if channels == 1 else [channels]):
        raise ValueError(f"pixels of shape {pixels.shape} and type {pixels.dtype} are not '{encoding}'")
    step = width * channels * pixels.itemsize
    image = Image(header=header, height=height, width=width, encoding=encoding, step=step)
    image.is_bigendian = sys.byteorder == "big"
    image.data.frombytes(np.ascontiguousarray(pixels).tobytes())
    return image


def pinhole_camera(info: CameraInfo) -> PinholeCamera:
    """Intrinsics of the image as published; K is taken as it is, distortion is not undone.

    Raises ValueError on binning or a region of interest, which K does not describe, and on an uncalibrated camera.
    """
    if info.binning_x > 1 or info.binning_y > 1:
        raise ValueError(f"camera_info has binning {info.binning_x}x{info.binning_y}; publish unbinned images")
    roi = info.roi
    if (roi.width or roi.height) and (roi.width, roi.height) != (info.width, info.height):
        raise ValueError(f"camera_info has a region of interest of {roi.width}x{roi.height}; publish whole images")
    return PinholeCamera(info.k[0], info.k[4], info.k[2], info.k[5], info.width, info.height)


def camera_info(camera: PinholeCamera, header: Header, distortion: Sequence[float] = (0.0,) * 5) -> CameraInfo:
    """Intrinsics of an image, and its ``distortion`` (5,) after plumb bob."""
    matrix = camera.matrix
    return CameraInfo(
        header=header,
        height=camera.height,
        width=camera.width,
        distortion_model="plumb_bob",
        d=list(distortion),
        k=matrix.ravel().tolist(),
        r=np.eye(3).ravel().tolist(),
        p=np.column_stack([matrix, np.zeros(3)]).ravel().tolist(),
    )


def _format(encoding: str) -> tuple[type, int]:
    if encoding not in _FORMATS:
        raise ValueError(f"image encoding '{encoding}' is not supported; supported: {', '.join(_FORMATS)}")
    return _FORMATS[encoding]
