"""The detector around a network with random weights: shapes, ranges, decisions and refusals hold for any weights."""

import numpy as np
import pytest
import torch

from lggd_ros.detector import GraspDetector, checkpoint_path, choose_device
from lggd_ros.grasps.camera import PinholeCamera
from lggd_ros.grasps.relief import TABLE, UNKNOWN
from lggd_ros.network import LGGD, CheckpointError, LGGDConfig, Output, save_checkpoint
from lggd_ros.overlay import draw


class Painted(torch.nn.Module):
    """The real network with another answer: ``spots`` (row, column, radius) of one ``strength``, and ``match``; to the
    finder they may be parts of ``one_thing``."""

    network = LGGD(LGGDConfig.tabletop()).eval()
    config, tokenize, mended = network.config, network.tokenize, network.mended
    encode_image, encode_text = network.encode_image, network.encode_text

    def __init__(self, spots, match, strength=4.0, one_thing=False):
        super().__init__()
        self.spots, self.verdict, self.strength, self.one_thing = spots, match, strength, one_thing

    def answer(self, view, sentences):
        coarse, refined, match = (tensor.clone() for tensor in self.network.answer(view, sentences)[:3])
        refined[:] = 0
        refined[:, :2] = -9
        for row, column, radius in self.spots:
            refined[:, :2, row - radius : row + radius + 1, column - radius : column + radius + 1] = self.strength
            refined[:, 1, row, column] = 9
        mask = refined[:, :1].sigmoid()
        shares = torch.cat([mask, 0 * mask, mask], 1) if self.one_thing else None
        return Output(coarse, refined, match * 0 + match.new_tensor(self.verdict), shares)


ONE, NONE, SEVERAL = [0.0, 9.0, 0.0], [9.0, 0.0, 0.0], [0.0, 0.0, 9.0]
IMAGE = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)


def test_a_found_thing_has_mask_and_grasps_in_image_pixels():
    detection = GraspDetector(Painted([(40, 100, 6)], ONE)).detect(IMAGE, "the mug")
    assert detection.status == "found" and detection.presence > 0.99
    assert detection.mask.shape == (480, 640)
    rows, columns = np.nonzero(detection.mask)
    assert (rows.mean(), columns.mean()) == pytest.approx((40.5 * 5 - 0.5, 100.5 * 5 - 0.5), abs=5)
    assert (detection.grasps[0].x, detection.grasps[0].y) == pytest.approx((502, 202), abs=4)


def test_a_misspelt_word_is_told_as_it_was_read():
    network = Painted([(40, 100, 6)], ONE)
    assert "found 'the mgu' (presence" in GraspDetector(network).detect(IMAGE, "the mgu").message
    network.mended = LGGD(network.config.with_(vocabulary=("mug",))).mended
    detection = GraspDetector(network).detect(IMAGE, "the mgu")
    assert (detection.text, detection.mended) == ("the mgu", "the mug")
    assert "found 'the mgu', read as 'the mug', (presence" in detection.message
    assert GraspDetector(network).detect(IMAGE, "the mug").mended is None


def test_a_speck_elsewhere_does_not_belong_to_the_thing():
    network = Painted([(40, 30, 2), (40, 100, 6)], ONE)
    detection = GraspDetector(network).detect(IMAGE, "the mug")
    columns = np.nonzero(detection.mask)[1]
    assert np.ptp(columns) < 100
    assert all(abs(grasp.x - columns.mean()) < 50 for grasp in detection.grasps)


def test_a_rival_of_equal_standing_makes_it_ambiguous():
    detection = GraspDetector(Painted([(40, 30, 6), (40, 100, 6)], ONE)).detect(IMAGE, "the mug")
    assert detection.status == "ambiguous" and len(detection.candidates) == 2 and not detection.grasps


def test_parts_of_one_thing_are_no_rivals():
    detection = GraspDetector(Painted([(40, 30, 6), (40, 100, 6)], ONE, one_thing=True)).detect(IMAGE, "the mug")
    assert detection.status == "found" and detection.mask[202, 152] and detection.mask[202, 502]
    assert np.ptp([grasp.x for grasp in detection.grasps]) > 300


def test_what_the_mask_is_not_confident_of_is_ambiguous():
    status = {s: GraspDetector(Painted([(40, 100, 6)], ONE, s)).detect(IMAGE, "the mug").status for s in (0.1, 0.5)}
    assert status == {0.1: "ambiguous", 0.5: "found"}  # probabilities of 0.52 and 0.62


def test_absent_and_ambiguous_give_no_grasps():
    absent = GraspDetector(Painted([(40, 100, 6)], NONE)).detect(IMAGE, "the mug")
    assert (absent.status, absent.grasps) == ("absent", []) and absent.presence < 0.01
    several = GraspDetector(Painted([(40, 30, 6), (40, 100, 6)], SEVERAL)).detect(IMAGE, "the mug")
    assert several.status == "ambiguous" and not several.grasps
    assert len(several.candidates) == 2 and "2 things" in several.message


def test_a_thing_without_a_pixel_is_absent():
    unseen = GraspDetector(Painted([], ONE)).detect(IMAGE, "the mug")
    assert unseen.status == "absent" and "no pixel" in unseen.message


@pytest.mark.parametrize("size", [(480, 640), (720, 1280), (100, 90)])
def test_any_image_size_is_read(size):
    image = np.zeros((*size, 3), np.uint8)
    detection = GraspDetector(Painted([(48, 64, 6)], ONE)).detect(image, "the mug")
    assert detection.mask.shape == size and detection.mask[size[0] // 2, size[1] // 2]
    assert draw(image, detection).shape == image.shape


@pytest.mark.parametrize("image", [IMAGE[..., 0], IMAGE.astype(float), IMAGE[..., :2]])
def test_other_images_are_refused(image):
    with pytest.raises(ValueError, match="uint8 RGB"):
        GraspDetector(Painted([], ONE)).detect(image, "the mug")


def test_depth_is_seen_and_must_be_aligned():
    network, seen = Painted([(40, 100, 6)], ONE), []
    network.encode_image = lambda pixels: seen.append(pixels) or Painted.network.encode_image(pixels)
    detector, table = GraspDetector(network), np.full((480, 640), 800, np.uint16)
    table[200:300, 200:300] = 700
    detector.detect(IMAGE, "the mug")
    detector.detect(IMAGE, "the mug", table)
    assert [255 * pixels[0, 3, 200, 200] for pixels in seen] == pytest.approx([UNKNOWN, TABLE + 100])
    with pytest.raises(ValueError, match="depth image is 320x240 but the colour image is 640x480"):
        detector.detect(IMAGE, "the mug", table[::2, ::2])


def test_lift_reports_missing_depth_per_grasp():
    detection = GraspDetector(Painted([(40, 100, 6)], ONE)).detect(IMAGE, "the mug")
    lifted = detection.lift(np.zeros((480, 640), np.uint16), PinholeCamera(615, 615, 319.5, 239.5, 640, 480))
    assert lifted.grasps == [] and len(lifted.rejections) == len(detection.grasps)
    assert "depth missing" in lifted.rejections[0]


def test_a_checkpoint_answers_as_the_network_it_was_saved_from(tmp_path):
    network = Painted.network
    save_checkpoint(tmp_path / "random.safetensors", network, {}, half=False)
    loaded = GraspDetector.load(tmp_path / "random.safetensors", "cpu").detect(IMAGE, "the red mug")
    direct = GraspDetector(network).detect(IMAGE, "the red mug")
    assert loaded.presence == pytest.approx(direct.presence, abs=1e-6)
    assert np.array_equal(loaded.mask, direct.mask)


def test_unknown_checkpoints_and_devices_are_named(tmp_path):
    with pytest.raises(CheckpointError, match="lggd_nothing"):
        checkpoint_path("lggd_nothing")
    with pytest.raises(CheckpointError, match="does not exist"):
        checkpoint_path(tmp_path / "missing.safetensors")
    with pytest.raises(ValueError, match="abacus"):
        choose_device("abacus")
    with pytest.raises(ValueError, match="device 'meta' is unknown; use auto, cpu, cuda or cuda:N"):
        choose_device("meta")
