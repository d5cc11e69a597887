"""Reading OCID-VLG as scenes."""

import json

import cv2
import numpy as np
import pytest
from published_data import BANANA, EXPRESSIONS, MUG, SEQUENCE, node, write_ocid_vlg

from lggd_ros.data.augment import Augmentation, mirror
from lggd_ros.data.batches import collate
from lggd_ros.data.files import DataError
from lggd_ros.data.ocid_vlg import OCIDVLGScenes, expression_type
from lggd_ros.data.open import open_data
from lggd_ros.grasps.relief import TABLE
from lggd_ros.network import LGGDConfig

CONFIG = LGGDConfig.tabletop()
TRAIN = "refer/multiple/train_expressions.json"


@pytest.fixture
def root(tmp_path):
    return write_ocid_vlg(tmp_path / "OCID-VLG")


@pytest.fixture
def scene(root):
    return OCIDVLGScenes(root, "train", CONFIG)[0]


def test_a_scene_is_an_image_with_all_expressions_about_it(root, scene):
    assert len(OCIDVLGScenes(root, "train", CONFIG)) == 1
    assert scene.name == f"{SEQUENCE},a.png"
    assert [(i.text, i.targets) for i in scene.instructions] == [
        ("Pick the banana", (BANANA,)),
        ("Give me the banana", (BANANA,)),
        ("Grab the white one", (MUG,)),
    ]
    assert scene.labels == {1: (), BANANA: ("the banana",), MUG: ("the coffee mug",)}


def test_images_and_masks_are_at_the_networks_sizes(scene):
    assert scene.image.shape == (384, 512, 4)
    assert scene.image[180, 96].tolist() == [220, 220, 0, TABLE]  # the banana, RGB, on one plane with all else
    assert scene.mask(scene.instructions[0]).sum() == 10 * 16
    assert scene.mask(scene.instructions[2]).sum() == 20 * 16


def test_corners_become_grasps_that_close_along_the_opening(scene):
    (grasp,) = scene.grasps[BANANA]
    assert (grasp.x, grasp.y) == pytest.approx((120.5 / 5 - 0.5, 225.5 / 5 - 0.5))
    assert (grasp.width, grasp.height, grasp.angle) == pytest.approx((60 / 5, 20 / 5, 0.0))
    assert len(scene.grasps[MUG]) == 2
    quality, sin2, cos2, width = scene.maps[:, 45, 24].astype(float)
    assert (quality, sin2, cos2) == pytest.approx((1, 0, 1), abs=0.03)
    assert width * CONFIG.opening_scale == pytest.approx(12, rel=0.01)


def test_families_and_slices(root):
    scenes = OCIDVLGScenes(root, "novel-classes/test", CONFIG)
    assert [scene.name[-5:] for scene in scenes[0:2]] == ["a.png", "c.png"]
    assert sum(len(scene.instructions) for scene in scenes) == len(EXPRESSIONS["test"])
    assert open_data(root, "unique/val", CONFIG)[0].instructions[0].text == "Take the mug"


def test_scenes_can_be_augmented_and_batched(scene):
    changed = Augmentation()(scene, np.random.default_rng(0))
    batch = collate([(changed, changed.instructions)], 32)
    assert batch.mask.sum((1, 2)).min() > 50
    assert batch.labels[0, MUG].any() and not batch.labels[0, 1].any()


def test_mirrored_expressions_stay_true(root):
    scene = mirror(OCIDVLGScenes(root, "test", CONFIG)[1])
    assert [i.text for i in scene.instructions] == ["Pick the mug left of the banana"]
    mug, banana = (np.nonzero(scene.instances == thing)[1].mean() for thing in (MUG, BANANA))
    assert mug < banana


@pytest.mark.parametrize(
    "program, text, kind",
    [
        ([node("scene"), node("filter_category", "banana"), node("unique")], "Pick the banana", "name"),
        ([node("filter_color", "white"), node("filter_unique", "mug")], "Pick the white mug", "attribute"),
        ([node("locate", "left"), node("filter_category", "mug")], "Pick the leftmost mug", "location"),
        ([node("filter_unique", "banana"), node("relate", "right")], "What is right of it", "relation"),
        ([node("filter_color", "red"), node("hyper_relate", "closer")], "Closer to the red one", "mixed"),
        (["scene", "filter_material[plastic]"], "The plastic one", "attribute"),
        (None, "Pick the mug left of the bowl", "relation"),
        ([], "Pick the left mug", "location"),
        ([], "Pick the green mug", "attribute"),
        ([], "Pick the green mug behind the bowl", "mixed"),
        ([], "Pick the mug", "name"),
    ],
)
def test_types_come_from_the_program_or_else_the_words(program, text, kind):
    assert expression_type(program, text) == kind


def change_item(file, **fields):
    content = json.loads(file.read_text())
    content["data"][1].update(fields)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda root: (root / TRAIN).write_text((root / TRAIN).read_text()[:-40]), "may be cut off"),
        (lambda root: (root / TRAIN).write_text("[]"), "no list 'data'"),
        (lambda root: (root / TRAIN).unlink(), "is missing"),
        (lambda root: change_item(root / TRAIN, answer=None), "item 1"),
        (lambda root: change_item(root / TRAIN, image_filename="a.png"), "image_filename 'a.png'"),
        (lambda root: change_item(root / TRAIN, image_filename="../seq,a.png"), "item 1"),
        (lambda root: change_item(root / TRAIN, grasps=[[[1, 2], [3, 4]]]), "item 1"),
        (lambda root: (root / SEQUENCE / "rgb/a.png").unlink(), "lggd data check"),
    ],
)
def test_faulty_expressions_and_missing_images_are_named_at_once(root, damage, said):
    damage(root)
    with pytest.raises(DataError, match=said):
        OCIDVLGScenes(root, "train", CONFIG)


def test_faulty_images_are_named_when_they_are_read(root):
    scenes = OCIDVLGScenes(root, "train", CONFIG)
    color, mask = root / SEQUENCE / "rgb/a.png", root / SEQUENCE / "seg_mask_instances_combi/a.png"
    whole = color.read_bytes()
    color.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="rgb/a.png' is cut off"):
        scenes[0]
    color.write_bytes(whole)
    cv2.imwrite(str(mask), np.zeros((480, 640, 3), np.uint8))
    with pytest.raises(DataError, match="no mask"):
        scenes[0]


def test_unknown_splits_are_explained(root):
    for split in ("testing", "novel/test", "a/b/c", ""):
        with pytest.raises(DataError, match="novel-classes"):
            OCIDVLGScenes(root, split, CONFIG)
