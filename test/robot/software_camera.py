"""The SDK's own double of a RealSense: two sensors that show what a test pushes in, at 30 images per second."""

import threading

import numpy as np
import pyrealsense2 as rs

WIDTH, HEIGHT, RATE = 640, 480, 30
BASELINE = 0.015  # metres from the depth to the colour camera, to the right
COLOUR_FOCAL, DEPTH_FOCAL = 615.0, 600.0
TABLE, TOP = 600, 540  # mm
BOX = np.s_[200:280, 290:350]


def box_depth():
    """A box on a table, as the depth camera sees it."""
    depth = np.full((HEIGHT, WIDTH), TABLE, np.uint16)
    depth[BOX] = TOP
    return depth


class SoftwareCamera:
    """``with SoftwareCamera() as camera: … camera.device``; it streams from the start of its sensors to the end."""

    def __init__(self, serial="123", depth=None, colour=(200, 30, 30)):
        self.device = rs.software_device()
        self.device.register_info(rs.camera_info.name, "software camera")
        self.device.register_info(rs.camera_info.serial_number, serial)
        self._depth_sensor, self._colour_sensor = (self.device.add_sensor(n) for n in ("Stereo Module", "RGB Camera"))
        self._depth_sensor.add_read_only_option(rs.option.depth_units, 0.001)
        self._depth_sensor.add_read_only_option(rs.option.stereo_baseline, 50.0)
        streams = rs.stream.depth, rs.stream.color
        self._depth = self._depth_sensor.add_video_stream(_stream(streams[0], rs.format.z16, 2, DEPTH_FOCAL))
        self._colour = self._colour_sensor.add_video_stream(_stream(streams[1], rs.format.rgb8, 3, COLOUR_FOCAL))
        extrinsics = rs.extrinsics()
        extrinsics.rotation, extrinsics.translation = np.eye(3).ravel().tolist(), [-BASELINE, 0.0, 0.0]
        self._depth.register_extrinsics_to(self._colour, extrinsics)
        self._pixels = box_depth() if depth is None else depth, np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
        self._unplugged, self._number = threading.Event(), 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.unplug()

    def unplug(self):
        self._unplugged.set()
        self._thread.join()

    def push(self):
        self._number += 1
        for sensor, profile, pixels in zip(
            (self._depth_sensor, self._colour_sensor), (self._depth, self._colour), self._pixels, strict=True
        ):
            frame = rs.software_video_frame()
            frame.bpp = pixels.itemsize * (pixels.shape[2] if pixels.ndim == 3 else 1)
            frame.stride, frame.pixels, frame.profile = WIDTH * frame.bpp, pixels, profile.as_video_stream_profile()
            frame.timestamp, frame.frame_number = self._number * 1000.0 / RATE, self._number
            frame.domain = rs.timestamp_domain.hardware_clock
            if pixels.ndim == 2:
                frame.depth_units = 0.001
            sensor.on_video_frame(frame)

    def _run(self):
        while not self._unplugged.wait(1 / RATE):
            self.push()


def record(path, count=40):
    """A recording of the SDK, of ``count`` pairs of images."""
    camera = SoftwareCamera()
    recorder = rs.recorder(str(path), camera.device)
    queue = rs.frame_queue(2 * count)
    for sensor in recorder.query_sensors():
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(queue)
    for _ in range(count):
        camera.push()
        for _ in range(2):
            queue.wait_for_frame(5000)
    for sensor in recorder.query_sensors():
        sensor.stop()
        sensor.close()


def _stream(kind, encoding, bytes_per_pixel, focal):
    intrinsics = rs.intrinsics()
    intrinsics.width, intrinsics.height, intrinsics.fx, intrinsics.fy = WIDTH, HEIGHT, focal, focal
    intrinsics.ppx, intrinsics.ppy = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    intrinsics.model, intrinsics.coeffs = rs.distortion.brown_conrady, [0.0] * 5
    stream = rs.video_stream()
    stream.type, stream.fmt, stream.intrinsics, stream.uid = kind, encoding, intrinsics, bytes_per_pixel
    stream.width, stream.height, stream.fps, stream.bpp = WIDTH, HEIGHT, RATE, bytes_per_pixel
    return stream
