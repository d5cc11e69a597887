"""Colour and aligned depth of a RealSense camera through its SDK, without ROS.

Works on sensors, not on the SDK's pipeline: the same code then reads a camera, a recording and a software device.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lggd_ros.checks import check_range
from lggd_ros.grasps.camera import PinholeCamera

try:
    import pyrealsense2 as rs
except ImportError as error:
    raise ImportError(f"{error}; pip install pyrealsense2, and sudo apt install libusb-1.0-0") from error

DEPTH = (rs.stream.depth, rs.format.z16)
COLOUR = (rs.stream.color, rs.format.rgb8)
QUEUE = 8  # frames that the syncer may hold back
REMEDY = "plug it into a USB 3 port, and look at rs-enumerate-devices and at the udev rules of librealsense"


class CameraError(RuntimeError):
    """No camera, or no images from it; the message names the remedy."""


@dataclass(frozen=True)
class CameraConfig:
    """Pixels, images per second, seconds. ``serial_no``: which camera, empty: any; ``rosbag_filename``: a recording.

    ``timeout``: silence after which the camera counts as unplugged, and is looked for again. ``publish_tf``: from
    ``camera_link`` to the optical frame. Raises ValueError with the parameter's name.
    """

    serial_no: str = ""
    rosbag_filename: str = ""
    width: int = 640
    height: int = 480
    rate: int = 30
    spatial_filter: bool = True
    temporal_filter: bool = True
    timeout: float = 2.0
    publish_tf: bool = True

    def __post_init__(self) -> None:
        check_range("width", self.width, 320, 1920)
        check_range("height", self.height, 180, 1080)
        check_range("rate", self.rate, 5, 90)
        check_range("timeout", self.timeout, 0.2, 60.0)


@dataclass(frozen=True)
class Frames:
    """One moment. ``colour`` (H, W, 3) uint8 RGB, ``depth`` (H, W) uint16 mm in the colour camera, 0 = no return.

    ``time`` in seconds of a clock that is the system's if ``absolute``, else the camera's own.
    """

    colour: np.ndarray
    depth: np.ndarray
    time: float
    absolute: bool


class RealSense:
    """An open camera: ``camera`` intrinsics and ``distortion`` (5,) of the colour image, ``depth_to_colour`` (4, 4)."""

    def __init__(self, device: Any, config: CameraConfig):
        self._timeout = config.timeout
        self._align, self._filters = rs.align(rs.stream.color), _filters(config)
        self._syncer = rs.syncer(QUEUE)
        self._sensors: list[Any] = []
        depth, colour = (self._start(device, *kind, config) for kind in (DEPTH, COLOUR))
        self.camera, self.distortion = _pinhole(colour.get_intrinsics())
        self.depth_to_colour = _matrix(depth.get_extrinsics_to(colour))

    def _start(self, device: Any, stream: Any, encoding: Any, config: CameraConfig) -> Any:
        """Let one stream flow into the syncer; returns its profile."""
        try:
            sensor, profile = _choose(device, stream, encoding, config)
            sensor.open(profile)
            self._sensors.append(sensor)
            sensor.start(self._syncer)
        except RuntimeError:
            self.close()
            raise
        return profile.as_video_stream_profile()

    def read(self) -> Frames:
        """The next pair. Raises CameraError when none arrives in time."""
        end = time.monotonic() + self._timeout
        while (left := end - time.monotonic()) > 0:
            arrived, frames = self._syncer.try_wait_for_frames(round(1000 * left))
            if arrived and frames.get_depth_frame() and frames.get_color_frame():
                return self._convert(frames)
        raise CameraError(f"no pair of colour and depth for {self._timeout:.1f} s; {REMEDY}")

    def close(self) -> None:
        """Let the camera go; one that is gone already has nothing to let go."""
        for sensor in self._sensors:
            try:
                sensor.stop()
                sensor.close()
            except RuntimeError:
                continue

    def _convert(self, frames: Any) -> Frames:
        for step in self._filters:
            frames = step.process(frames).as_frameset()
        frames = self._align.process(frames)
        colour, depth = frames.get_color_frame(), frames.get_depth_frame()
        absolute = colour.get_frame_timestamp_domain() != rs.timestamp_domain.hardware_clock
        pixels = np.asanyarray(colour.get_data()).copy()
        return Frames(pixels, _millimetres(depth), colour.get_timestamp() * 1e-3, absolute)


def find_device(config: CameraConfig) -> Any:
    """The recording, the camera with this serial number, or the only camera. Raises CameraError."""
    if config.rosbag_filename:
        return _recording(config.rosbag_filename)
    found = {device.get_info(rs.camera_info.serial_number): device for device in rs.context().query_devices()}
    if config.serial_no and config.serial_no not in found:
        raise CameraError(f"no RealSense has the serial number {config.serial_no}; found: {', '.join(found) or 'none'}")
    if not found:
        raise CameraError(f"no RealSense camera is connected; {REMEDY}")
    return found[config.serial_no] if config.serial_no else next(iter(found.values()))


def _recording(name: str) -> Any:
    if not Path(name).is_file():
        raise CameraError(f"the recording {name} does not exist")
    try:
        return rs.context().load_device(name)
    except RuntimeError as error:
        raise CameraError(f"the recording {name} cannot be read: {error}") from error


def _choose(device: Any, stream: Any, encoding: Any, config: CameraConfig) -> tuple[Any, Any]:
    """The sensor that has the stream in the size and rate asked for, and that profile."""
    wanted = (stream, encoding, config.rate, config.width, config.height)
    offered = [(sensor, profile) for sensor in device.query_sensors() for profile in sensor.get_stream_profiles()]
    for sensor, profile in offered:
        if _describe(profile) == wanted:
            return sensor, profile
    others = sorted({_describe(profile)[2:] for _, profile in offered if _describe(profile)[:2] == (stream, encoding)})
    listed = ", ".join(f"{width}x{height} at {rate} Hz" for rate, width, height in others) or "none"
    size = f"{config.width}x{config.height} at {config.rate} Hz"
    raise CameraError(f"the camera has no {stream.name} images of {size}; it has: {listed}")


def _describe(profile: Any) -> tuple:
    if not profile.is_video_stream_profile():
        return profile.stream_type(), profile.format(), profile.fps(), 0, 0
    video = profile.as_video_stream_profile()
    return video.stream_type(), video.format(), video.fps(), video.width(), video.height()


def _filters(config: CameraConfig) -> list[Any]:
    """In the order and, because noise grows with distance, in the domain that the SDK's documentation asks for."""
    chosen = [rs.spatial_filter()] if config.spatial_filter else []
    chosen += [rs.temporal_filter()] if config.temporal_filter else []
    return [rs.disparity_transform(True), *chosen, rs.disparity_transform(False)] if chosen else []


def _pinhole(intrinsics: Any) -> tuple[PinholeCamera, list[float]]:
    i = intrinsics
    return PinholeCamera(i.fx, i.fy, i.ppx, i.ppy, i.width, i.height), list(i.coeffs)


def _matrix(extrinsics: Any) -> np.ndarray:
    """The SDK keeps rotations column by column."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = np.reshape(extrinsics.rotation, (3, 3)).T, extrinsics.translation
    return pose


def _millimetres(depth: Any) -> np.ndarray:
    """Cameras differ in the unit of a pixel: 1 mm in the D435, 0.1 mm in the D405."""
    raw, unit = np.asanyarray(depth.get_data()), depth.get_units() * 1000
    if abs(unit - 1) < 1e-3:
        return raw.copy()
    return np.clip(np.rint(raw * unit), 0, np.iinfo(np.uint16).max).astype(np.uint16)
