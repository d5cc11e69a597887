import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lggd_ros.robot.images import depth_image, image_to_numpy, numpy_to_image, pinhole_camera, rgb_image

KINDS = {
    "rgb8": (np.uint8, 3),
    "bgr8": (np.uint8, 3),
    "rgba8": (np.uint8, 4),
    "bgra8": (np.uint8, 4),
    "mono8": (np.uint8, 1),
    "mono16": (np.uint16, 1),
    "16UC1": (np.uint16, 1),
    "32FC1": (np.float32, 1),
}


def random_pixels(encoding, height=5, width=7, seed=0):
    kind, channels = KINDS[encoding]
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 255, shape).astype(kind)


def as_sent(pixels, encoding, padding, big_endian):
    """A message as a driver with padded rows and any byte order sends it."""
    swapped = pixels.astype(pixels.dtype.newbyteorder(">" if big_endian else "<"))
    rows = [row.tobytes() + b"\xee" * padding for row in swapped]
    height, width = pixels.shape[:2]
    message = Image(height=height, width=width, encoding=encoding, step=len(rows[0]), is_bigendian=int(big_endian))
    message.data.frombytes(b"".join(rows))
    return message


@given(st.sampled_from(list(KINDS)), st.integers(1, 9), st.integers(1, 9), st.integers(0, 8), st.booleans())
def test_every_encoding_step_and_byte_order_gives_the_same_pixels(encoding, height, width, padding, big_endian):
    pixels = random_pixels(encoding, height, width)
    read = image_to_numpy(as_sent(pixels, encoding, padding, big_endian))
    assert read.dtype == pixels.dtype and read.dtype.isnative
    assert np.array_equal(read, pixels)


@pytest.mark.parametrize("encoding", KINDS)
def test_what_is_written_can_be_read(encoding):
    pixels = random_pixels(encoding)
    message = numpy_to_image(pixels, encoding, Header(frame_id="camera"))
    assert message.header.frame_id == "camera"
    assert np.array_equal(image_to_numpy(message), pixels)


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8"])
def test_colour_comes_out_as_rgb(encoding):
    pixels = np.zeros((2, 2, KINDS[encoding][1]), np.uint8)
    pixels[..., encoding.index("r")] = 200
    assert np.array_equal(rgb_image(numpy_to_image(pixels, encoding, Header()))[0, 0], [200, 0, 0])


def test_grey_becomes_three_equal_channels():
    pixels = random_pixels("mono8")
    rgb = rgb_image(numpy_to_image(pixels, "mono8", Header()))
    assert rgb.shape == (5, 7, 3) and np.array_equal(rgb[..., 0], pixels) and np.array_equal(rgb[..., 2], pixels)


def test_colour_is_no_depth_and_depth_no_colour():
    with pytest.raises(ValueError, match="depth image is encoded as 'rgb8'; supported: 16UC1"):
        depth_image(numpy_to_image(random_pixels("rgb8"), "rgb8", Header()))
    with pytest.raises(ValueError, match="colour image is encoded as '16UC1'"):
        rgb_image(numpy_to_image(random_pixels("16UC1"), "16UC1", Header()))


def test_unknown_encodings_and_short_data_are_refused():
    with pytest.raises(ValueError, match="'bayer_rggb8' is not supported; supported: rgb8"):
        image_to_numpy(Image(encoding="bayer_rggb8"))
    message = numpy_to_image(random_pixels("rgb8"), "rgb8", Header())
    message.height += 1
    with pytest.raises(ValueError, match="image of 7x6 rgb8 has 105 bytes"):
        image_to_numpy(message)


@pytest.mark.parametrize("pixels", [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8), np.zeros(4, np.uint8)])
def test_pixels_that_do_not_fit_the_encoding_are_refused(pixels):
    with pytest.raises(ValueError, match="are not 'rgb8'"):
        numpy_to_image(pixels, "rgb8", Header())


def camera_info():
    info = CameraInfo(width=640, height=480)
    info.k = [615.0, 0.0, 319.5, 0.0, 614.0, 239.5, 0.0, 0.0, 1.0]
    return info


def test_camera_info_becomes_a_pinhole_camera():
    camera = pinhole_camera(camera_info())
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (615.0, 614.0, 319.5, 239.5)
    assert (camera.width, camera.height) == (640, 480)


def test_images_that_k_does_not_describe_are_refused():
    binned, cropped = camera_info(), camera_info()
    binned.binning_x = binned.binning_y = 2
    cropped.roi.width, cropped.roi.height = 320, 240
    for info, words in ((binned, "binning 2x2"), (cropped, "region of interest of 320x240"), (CameraInfo(), "fx=0.0")):
        with pytest.raises(ValueError, match=words):
            pinhole_camera(info)
