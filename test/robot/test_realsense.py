import numpy as np
import pytest
from software_camera import BASELINE, BOX, COLOUR_FOCAL, DEPTH_FOCAL, TABLE, TOP, SoftwareCamera, record

from lggd_ros.robot.realsense import CameraConfig, CameraError, RealSense, find_device

PLAIN = CameraConfig(spatial_filter=False, temporal_filter=False)


def read(device, config=PLAIN, pairs=1):
    camera = RealSense(device, config)
    try:
        return camera, [camera.read() for _ in range(pairs)][-1]
    finally:
        camera.close()


def test_depth_is_aligned_to_colour():
    with SoftwareCamera() as software:
        camera, frames = read(software.device)
    assert frames.colour.shape == (480, 640, 3) and (frames.colour == (200, 30, 30)).all()
    box = frames.depth == TOP
    assert set(np.unique(frames.depth)) <= {0, TOP, TABLE}
    rows, columns = np.nonzero(box)
    left, right = BOX[1].start, BOX[1].stop - 1
    expected = [
        ((edge - 319.5) / DEPTH_FOCAL * TOP / 1000 - BASELINE) / TOP * 1000 * COLOUR_FOCAL + 319.5
        for edge in (left, right)
    ]
    np.testing.assert_allclose([columns.min(), columns.max()], expected, atol=1.1)
    assert rows.max() - rows.min() + 1 == pytest.approx(80 * COLOUR_FOCAL / DEPTH_FOCAL, abs=2)
    assert (camera.camera.fx, camera.camera.cx, camera.camera.width) == (COLOUR_FOCAL, 319.5, 640)
    np.testing.assert_allclose(camera.depth_to_colour[:3, 3], [-BASELINE, 0, 0])


def test_filters_take_noise_away_and_keep_the_distance():
    noise = np.random.default_rng(0).normal(TABLE, 4, (480, 640)).astype(np.uint16)
    with SoftwareCamera(depth=noise) as software:
        raw = read(software.device)[1].depth[100:380, 100:540].astype(float)
    with SoftwareCamera(depth=noise) as software:
        smooth = read(software.device, CameraConfig(), pairs=5)[1].depth[100:380, 100:540].astype(float)
    assert smooth[smooth > 0].std() < 0.8 * raw[raw > 0].std()
    assert smooth[smooth > 0].mean() == pytest.approx(TABLE, abs=2)


def test_a_recording_is_read_like_a_camera(tmp_path):
    record(tmp_path / "box.db3")
    config = CameraConfig(rosbag_filename=str(tmp_path / "box.db3"), spatial_filter=False, temporal_filter=False)
    camera, frames = read(find_device(config), config)
    assert (frames.depth == TOP).sum() > 1000 and not frames.absolute
    assert camera.camera.fy == COLOUR_FOCAL


def test_silence_is_an_error():
    with SoftwareCamera() as software:
        camera = RealSense(software.device, CameraConfig(timeout=0.2))
        camera.read()
    with pytest.raises(CameraError, match="no pair of colour and depth for 0.2 s"):
        for _ in range(50):
            camera.read()
    camera.close()


def test_a_size_that_the_camera_lacks_is_refused_with_those_it_has():
    with pytest.raises(CameraError, match=r"no depth images of 1280x720 at 30 Hz; it has: 640x480 at 30 Hz"):
        RealSense(SoftwareCamera().device, CameraConfig(width=1280, height=720))


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (CameraConfig(), "no RealSense camera is connected"),
        (CameraConfig(serial_no="77"), "serial number 77; found: none"),
        (CameraConfig(rosbag_filename="nowhere.db3"), "nowhere.db3 does not exist"),
        (CameraConfig(rosbag_filename=__file__), "cannot be read"),
    ],
)
def test_a_missing_camera_is_told_in_a_sentence(config, sentence):
    with pytest.raises(CameraError, match=sentence):
        find_device(config)


def test_nonsense_is_refused_by_name():
    with pytest.raises(ValueError, match="rate is 500"):
        CameraConfig(rate=500)
