"""Reading tabletop scenes, changing them truthfully, and batching them."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from lggd_ros.data.augment import Augmentation, mirror, swap_sides, zoom
from lggd_ros.data.batches import UNTOLD, BatchStream, collate
from lggd_ros.data.draws import RandomDraws
from lggd_ros.data.files import DataError
from lggd_ros.data.scene import Instruction
from lggd_ros.data.tabletop import TabletopScenes, read_scene
from lggd_ros.grasps.relief import TABLE
from lggd_ros.network import LGGDConfig, clip
from lggd_ros.network.holding import HOLDS
from lggd_ros.network.referring import SENSES
from lggd_ros.tabletop.language import Referent, Style, instructions
from lggd_ros.tabletop.language.vocabulary import EXTREMES, RELATIONS

CONFIG = LGGDConfig.tabletop()
GRASP = [200.0, 250.0, 0.3, 80.0, 30.0, 0.9, "lid"]
OTHER_LOOKS = {"material": "", "shape": "", "size": ""}
BELOW = [200.0, 285.0, 0.0, 60.0, 30.0, 0.8, ""]


def said(text, targets, type, candidates=(), anchors=(), part="", relation="", rank=None):
    how = {"candidates": [*candidates], "anchors": [*anchors], "part": part, "relation": relation, "rank": rank}
    return {"text": text, "targets": targets, "type": type, **how}


def write_scene(folder):
    """A red box left of a blue one, on grey."""
    color, ids = np.full((480, 640, 3), 128, np.uint8), np.zeros((480, 640), np.uint8)
    for number, (x, bgr) in enumerate([(160, (30, 30, 200)), (400, (200, 60, 40))], start=1):
        color[200:300, x : x + 80], ids[200:300, x : x + 80] = bgr, number
    objects = [
        {"id": 1, "kind": "box", "colour": "red", **OTHER_LOOKS, "on": 2, "extent": 0.1, "grasps": [GRASP, BELOW]},
        {"id": 2, "kind": "box", "colour": "blue", **OTHER_LOOKS, "on": 0, "extent": 0.2, "grasps": []},
    ]
    instructions = [
        said("the left box", [1], "superlative", candidates=[1, 2], rank=["left", 0]),
        said("a box", [1, 2], "ambiguous", candidates=[1, 2]),
        said("the mug", [], "absent"),
        said("the hidden thing", [3], "name"),
    ]
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "color.jpg"), color)
    cv2.imwrite(str(folder / "depth.png"), np.where(ids > 0, 750, 800).astype(np.uint16))
    cv2.imwrite(str(folder / "instances.png"), ids)
    (folder / "scene.json").write_text(json.dumps({"seed": 7, "objects": objects, "instructions": instructions}))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_scene(tmp_path / "scene_000000")


@pytest.fixture
def scene(folder):
    return read_scene(folder, CONFIG)


def test_scene_is_at_the_networks_sizes(scene):
    assert scene.image.shape == (384, 512, 4)
    assert scene.instances.shape == (96, 128)
    assert scene.image[200, 160, 0] > 150 > scene.image[200, 160, 2]
    assert scene.image[200, 160, 3] == TABLE + 50 and scene.image[0, 0, 3] == TABLE
    assert np.count_nonzero(scene.instances == 1) == 16 * 20


def test_quality_is_relative_to_the_best_grasp_of_a_thing(scene):
    quality = scene.maps[0].astype(float)
    assert quality[round(250 / 5 - 0.5), round(200 / 5 - 0.5)] == pytest.approx(1, abs=0.03)
    assert quality[round(285 / 5 - 0.5), round(200 / 5 - 0.5)] == pytest.approx(0.8 / 0.9, abs=0.03)


def test_grasps_are_painted_on_their_own_thing_only(scene):
    quality, sin2, cos2, width = scene.maps.astype(float)
    row, column = np.unravel_index(quality.argmax(), quality.shape)
    assert (column, row) == pytest.approx((200.5 / 5 - 0.5, 250.5 / 5 - 0.5), abs=0.51)
    assert 0.5 * np.arctan2(sin2[row, column], cos2[row, column]) == pytest.approx(0.3, abs=0.01)
    assert width[row, column] * CONFIG.opening_scale == pytest.approx(80 / 5, rel=0.01)
    assert quality[scene.instances != 1].max() == 0


def test_instructions_about_invisible_things_are_left_out(scene):
    assert [i.match for i in scene.instructions] == [1, 2, 0]
    assert scene.mask(scene.instructions[1]).sum() == 2 * 16 * 20
    assert not scene.mask(scene.instructions[2]).any()


@pytest.mark.parametrize(
    "text, swapped",
    [
        ("the leftmost mug", "the rightmost mug"),
        ("right of what is left", "left of what is right"),
        ("bright copyright", "bright copyright"),
        ("Left of it, the RIGHT one", "Right of it, the LEFT one"),
    ],
)
def test_sides_are_swapped_as_words(text, swapped):
    assert swap_sides(text) == swapped
    assert swap_sides(swapped) == text


def asking(part):
    return Instruction("the red box by its lid", (1,), "part", (1,), (), part)


def test_a_part_has_grasps_of_its_own(scene):
    lid, any_part = scene.grasps_for(asking("lid")), scene.grasps_for(asking(""))
    assert len(any_part) == 2 and lid == any_part[:1]
    assert scene.grasps_for(asking("handle")) == scene.grasps_for(scene.instructions[1]) == []
    inside = scene.instances == 1
    assert not (scene.part_map == HOLDS.index("handle"))[inside].any()
    held = scene.part_map == HOLDS.index("lid")
    rows, _ = np.nonzero(held & inside)
    assert rows.max() < 57 and not held[58:].any()  # the other grasp is nearer below


def test_parts_move_with_the_picture(scene):
    lid = HOLDS.index("lid")
    inside = scene.part_map == lid
    assert np.array_equal(mirror(scene).part_map == lid, inside[:, ::-1])
    moved = zoom(scene, 1.2, np.array([0.05, -0.05])).part_map == lid
    assert moved.sum() == pytest.approx(1.44 * inside.sum(), rel=0.1)


def test_how_an_instruction_is_meant_is_read(scene):
    first, second = scene.instructions[:2]
    assert (first.candidates, first.anchors, first.sense) == ((1, 2), (), "left 0")
    assert second.sense == ""


def test_what_lacks_the_part_to_hold_is_no_candidate(tmp_path):
    folder = write_scene(tmp_path / "scene_000000")
    content = json.loads((folder / "scene.json").read_text())
    content["instructions"] = [said("the box by its lid", [1], "part", candidates=[1, 2], part="lid")]
    (folder / "scene.json").write_text(json.dumps(content))
    assert read_scene(folder, CONFIG).instructions[0].candidates == (1,)


def test_the_words_of_the_instructions_are_known_but_not_their_slips(tmp_path):
    folder = write_scene(tmp_path / "scene_000000")
    content = json.loads((folder / "scene.json").read_text())
    content["instructions"] = [said("the left bxo", [1], "name"), said("Grab the zeppelin", [], "absent")]
    (folder / "scene.json").write_text(json.dumps(content))
    assert TabletopScenes(tmp_path, CONFIG).vocabulary == ("grab", "left", "the")


def test_things_are_held_by_what_others_of_their_kind_are_held_by(tmp_path):
    write_scene(tmp_path / "scene_000000")
    scene = TabletopScenes(tmp_path, CONFIG)[0]
    assert scene.held == {1: ("lid",), 2: ("lid",)}
    held = collate([(scene, scene.instructions)], CONFIG.context_length).held[0]
    assert not held[0].any() and [HOLDS[k] for k in held[2].nonzero()] == ["", "lid"]


def test_relations_are_read_and_every_sense_is_one_that_the_network_knows(tmp_path):
    folder = write_scene(tmp_path / "scene_000000")
    content = json.loads((folder / "scene.json").read_text())
    content["instructions"] = [
        said("the box left of the blue box", [1], "relation", [1, 2], [2], relation=relation)
        for relation in RELATIONS.meanings
    ] + [said("a box", [1], "superlative", [1, 2], rank=rank) for rank in EXTREMES.meanings]
    (folder / "scene.json").write_text(json.dumps(content))
    senses = [instruction.sense for instruction in read_scene(folder, CONFIG).instructions]
    assert len(set(senses)) == len(senses) and set(senses) <= set(SENSES)


def test_how_pairs_are_meant_is_batched(scene):
    batch = collate([(scene, [*scene.instructions[:1], Instruction("a thing", (2,), "name")])], 32)
    assert batch.sense.tolist() == [SENSES.index("left 0"), UNTOLD]
    assert torch.equal(batch.candidates[0], batch.instances[0] > 0) and not batch.candidates[1].any()
    assert not batch.anchors.any()


def test_mirror_keeps_language_and_angles_true(scene):
    mirrored = mirror(scene)
    assert mirrored.instructions[0].text == "the right box" and mirrored.instructions[0].sense == "right 0"
    assert np.array_equal(mirrored.mask(mirrored.instructions[0]), scene.mask(scene.instructions[0])[:, ::-1])
    row, column = np.unravel_index(mirrored.maps[0].argmax(), mirrored.maps[0].shape)
    angle = 0.5 * np.arctan2(mirrored.maps[1, row, column], mirrored.maps[2, row, column])
    assert angle == pytest.approx(-0.3, abs=0.01)


@pytest.mark.parametrize("text", ["turn it clockwise", "the left-handed mug", "the mug right behind the left box"])
def test_what_has_no_mirror_image_in_words_is_not_mirrored(scene, text):
    said = replace(scene, instructions=[*scene.instructions, Instruction(text, (1,), "relation")])
    changes = [Augmentation()(said, np.random.default_rng(seed)) for seed in range(10)]
    assert all(changed.instructions == said.instructions for changed in changes)
    mirrored = [Augmentation()(scene, np.random.default_rng(seed)).instructions[0].text for seed in range(10)]
    assert set(mirrored) == {"the left box", "the right box"}


def test_zoom_moves_image_masks_and_openings_together(scene):
    moved = zoom(scene, 1.2, np.array([0.05, -0.05]))
    red = (moved.image[..., 0] > 160) & (moved.image[..., 2] < 90)
    assert np.mean(red[::4, ::4] == (moved.instances == 1)) > 0.99
    assert moved.maps[3].max() == pytest.approx(1.2 * scene.maps[3].max(), rel=0.01)


def test_relief_is_seen_a_little_higher_or_lower_or_not_at_all(scene):
    looks = [Augmentation(mirror=False, scale=0, shift=0)(scene, np.random.default_rng(seed)) for seed in range(40)]
    things = [look.image[200, 160, 3].item() for look in looks]
    assert 0 < things.count(0) < 15
    assert all(TABLE + 40 < level < TABLE + 60 for level in things if level)
    assert all((look.image[..., 3] == 0).all() for look in looks if look.image[200, 160, 3] == 0)


def test_views_that_would_lose_a_thing_are_not_taken(scene):
    wild = Augmentation(scale=0.0, shift=0.9, mirror=False)
    for seed in range(20):
        changed = wild(scene, np.random.default_rng(seed))
        assert np.count_nonzero(changed.instances == 1) >= 0.8 * 16 * 20


def test_pairs_share_their_image(scene):
    batch = collate([(scene, scene.instructions[:2]), (mirror(scene), scene.instructions[2:])], 16)
    assert batch.image.shape == (2, 4, 384, 512)
    assert batch.image_of.tolist() == [0, 0, 1]
    assert batch.match.tolist() == [1, 2, 0]
    assert batch.mask.sum((1, 2)).tolist() == [320, 640, 0]


def test_how_large_things_are_and_what_lies_on_another_is_told(scene):
    silent = replace(scene, extents={}, laid=())
    batch = collate([(scene, scene.instructions), (silent, [])], CONFIG.context_length)
    assert batch.laid.tolist() == [[False, True], [False, False]]
    torch.testing.assert_close(batch.extents, torch.tensor([[0.0, 0.1, 0.2], [0.0, 0.0, 0.0]]))


def test_labels_hold_of_their_thing(scene):
    batch = collate([(scene, scene.instructions[:1])], 16)
    assert batch.labels.shape == (1, 3, 3)  # no thing and two things; the blue thing, the box, the red thing
    assert batch.labels[0].tolist() == [[False, False, False], [False, True, True], [True, True, False]]
    assert np.array_equal(batch.instances[0], scene.instances)


def test_a_batch_may_ask_for_labels_only(scene):
    batch = collate([(scene, [])], 16)
    assert len(batch.tokens) == len(batch.image_of) == len(batch.mask) == len(batch.match) == 0
    assert len(batch.label_tokens) == 3


def test_sentences_are_as_long_as_the_longest(scene):
    batch = collate([(scene, scene.instructions)], 16)
    assert batch.tokens.shape[1] == (batch.tokens != 0).sum(1).max() < 16


def test_processes_share_the_batch_of_one(scene):
    one = BatchStream([scene] * 8, RandomDraws(8, 2), Augmentation(), images=4, context_length=16)
    half = BatchStream([scene] * 8, RandomDraws(8, 2), Augmentation(), images=2, context_length=16)
    whole, parts = one.batch(5), [half.batch(5, rank, 2) for rank in (0, 1)]
    assert np.array_equal(whole.image, np.concatenate([part.image for part in parts]))
    assert np.array_equal(whole.tokens, np.concatenate([part.tokens for part in parts]))


def test_emphasised_types_are_drawn_more_often(scene):
    stream = BatchStream([scene] * 4, RandomDraws(4, 1, emphasis={"absent": 1e9}), Augmentation(), 4, 16)
    assert stream.batch(0).match.tolist() == [0] * 4


def test_unfinished_scenes_and_those_without_instructions_are_left_out(tmp_path):
    write_scene(tmp_path / "scene_000001")
    silent = write_scene(tmp_path / "scene_000002") / "scene.json"
    silent.write_text(json.dumps({**json.loads(silent.read_text()), "instructions": []}))
    (tmp_path / "scene_000007").mkdir()  # unfinished
    write_scene(tmp_path / "scene_000000")
    scenes = TabletopScenes(tmp_path, CONFIG)
    assert scenes.samples == [3, 3] and scenes.things == [len(scene.labels) for scene in scenes]
    assert [scene.name for scene in scenes] == ["scene_000000", "scene_000001"]


def test_missing_and_empty_folders_are_explained(tmp_path):
    with pytest.raises(DataError, match="lggd generate"):
        TabletopScenes(tmp_path / "none", CONFIG)
    with pytest.raises(DataError, match="no finished scene"):
        TabletopScenes(tmp_path, CONFIG)


def change(folder, key):
    """As an older version wrote it."""
    content = json.loads((folder / "scene.json").read_text())
    for instruction in content["instructions"]:
        del instruction[key]
    (folder / "scene.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    "damage, told",
    [
        (lambda folder: (folder / "color.jpg").write_bytes(b"?"), "color.jpg"),
        (lambda folder: (folder / "instances.png").unlink(), "instances.png"),
        (lambda folder: (folder / "scene.json").write_text('{"objects": ['), "not valid JSON"),
        (lambda folder: (folder / "scene.json").write_text("{}"), "lacks a field"),
        (lambda folder: change(folder, "candidates"), "must be made again with 'lggd generate'"),
    ],
)
def test_damaged_scenes_are_named(folder, damage, told):
    damage(folder)
    with pytest.raises(DataError, match=told):
        read_scene(folder, CONFIG)


@pytest.mark.parametrize("wording", ["trained", "held out"])
def test_no_instruction_is_too_long_for_the_network(wording):
    kinds = ["rolling_pin", "toothbrush", "milk", "boat", "rolling_pin"]
    things = [Referent(str(k), kind, "purple", "small", (0.1 * k, 0.5), shape="long") for k, kind in enumerate(kinds)]
    style = Style(wording=wording, typos=0.3)
    said = [i.text for seed in range(20) for i in instructions(things, np.random.default_rng(seed), style=style)]
    assert clip.tokenize(said, 77).count_nonzero(dim=1).max() <= CONFIG.context_length
