"""``lggd data check`` as a new user meets it: wrong folders, half a data set, damaged files."""

import json
import pickle
import shutil

import cv2
import numpy as np
import pytest
from published_data import OLD_NAMES, SEQUENCE, SHA, write_grasp_anything, write_ocid_vlg
from shapes import write_shapes

from lggd_ros.cli import main
from lggd_ros.data import check_grasp_anything, check_ocid_vlg
from lggd_ros.data.check import check_data
from lggd_ros.data.files import content_digest

TRAIN = "refer/unique/train_expressions.json"
MASKS = f"{SEQUENCE}/seg_mask_instances_combi"


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    monkeypatch.setattr(check_ocid_vlg, "PUBLISHED", dict.fromkeys(check_ocid_vlg.PUBLISHED, (3, 1, 2)))
    monkeypatch.setattr(check_grasp_anything, "PUBLISHED", {"train": 1, "test-seen": 1, "test-unseen": 2})


@pytest.fixture
def ocid(tmp_path):
    return write_ocid_vlg(tmp_path / "OCID-VLG")


@pytest.fixture
def anything(tmp_path):
    return write_grasp_anything(tmp_path / "ga")


def refused(capsys, folder):
    assert main(["data", "check", str(folder)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    return error


def test_whole_data_has_no_problem(ocid, anything, capsys):
    assert main(["data", "check", str(ocid)]) == 0
    assert "no problems" in capsys.readouterr().out
    assert main(["data", "check", "--thorough", str(anything)]) == 0
    assert "no problems" in capsys.readouterr().out


def test_samples_are_counted_against_the_published_sizes(ocid, capsys):
    content = json.loads((ocid / TRAIN).read_text())
    (ocid / TRAIN).write_text(json.dumps({"data": content["data"][:1]}))
    assert main(["data", "check", str(ocid)]) == 1
    out = capsys.readouterr().out
    assert "unique/train holds 1 of 3 published samples" in out
    assert ["multiple/test", "2", "2"] in [line.split() for line in out.splitlines()]


def test_images_in_train_and_test_are_told(ocid, anything):
    assert check_data(ocid).leaks[1] == "unique: 1 in both train and test"
    assert check_data(anything).leaks == ["lists of LGD: 1 in both train and test-unseen"]
    for file in ocid.glob("refer/*/test_expressions.json"):
        file.write_text(json.dumps({"data": json.loads(file.read_text())["data"][:1]}))
    assert check_data(ocid).leaks[1] == "unique: none"


def test_wrong_folders_are_one_sentence_with_the_right_one(ocid, tmp_path, capsys):
    assert "does not exist" in refused(capsys, tmp_path / "nowhere")
    assert f"one level too deep; give '{ocid}'" in refused(capsys, tmp_path)
    assert f"only a part of OCID-VLG; give '{ocid}'" in refused(capsys, ocid / "refer/multiple")
    (tmp_path / "data.zip").touch()
    assert "unpack it" in refused(capsys, tmp_path / "data.zip")
    (tmp_path / "empty").mkdir()
    assert "is no data set" in refused(capsys, tmp_path / "empty")


def move(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


def set_item(root, **fields):
    content = json.loads((root / TRAIN).read_text())
    content["data"][0] |= fields
    (root / TRAIN).write_text(json.dumps(content))


def halve(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda root: shutil.rmtree(root / "refer"), "refer' is missing; it holds the expressions"),
        (lambda root: move(root / "refer", root / "Refer"), "Refer' has the wrong name; call it 'refer'"),
        (lambda root: move(root / "refer/unique", root / "refer/refer/unique"), "move it one level up"),
        (lambda root: move(root / "refer/novel-classes", root / "refer/novel_classes"), "call it 'novel-classes'"),
        (lambda root: (root / TRAIN).unlink(), "train_expressions.json' is missing"),
        (lambda root: move(root / TRAIN, root / "refer/unique/train_expression.json"), "'train_expressions.json'"),
        (lambda root: halve(root / TRAIN), "may be cut off"),
        (lambda root: set_item(root, answer="the banana"), "item 0"),
        (lambda root: set_item(root, answer=9), "lacks instance 9"),
        (lambda root: shutil.rmtree(root / "ARID20"), "ARID20' is missing"),
        (lambda root: move(root / "ARID20", root / "OCID/ARID20"), "move it one level up"),
        (lambda root: (root / SEQUENCE / "rgb/b.png").unlink(), "rgb/b.png' is missing; fetch it again"),
        (lambda root: move(root / MASKS, root / SEQUENCE / "seg_mask_instance_combi"), "call it 'seg_mask_instances"),
        (lambda root: halve(root / SEQUENCE / "depth/c.png"), "c.png' is cut off"),
        (
            lambda root: cv2.imwrite(str(root / SEQUENCE / "depth/c.png"), np.ones((480, 640), np.uint8)),
            "no 16-bit depth",
        ),
    ],
)
def test_each_fault_of_ocid_vlg_is_told_with_its_remedy(ocid, damage, said):
    damage(ocid)
    assert any(said in problem for problem in check_data(ocid).problems)


def test_a_missing_folder_is_told_once(ocid):
    shutil.rmtree(ocid / "refer/unique")
    assert len(check_data(ocid).problems) == 1


def test_half_of_grasp_anything_is_told(anything):
    shutil.rmtree(anything / "image")
    (anything / f"part_mask/{SHA[0]}_0_1.npy").unlink()
    problems = "\n".join(check_data(anything).problems)
    assert "image_part_a*" in problems
    assert f"parts without part_mask: 1 of 6, the first: {SHA[0]}_0_1" in problems
    assert "train holds 0 of 1 published objects" in problems


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda root: move(root / "part_mask", root / "extra/part_mask"), "move it one level up"),
        (lambda root: move(root / "part_mask", root / "mask_npy"), "no folder part_mask or mask"),
        (lambda root: move(root / "part_mask", root / "part_masks"), "call it 'part_mask'"),
        (lambda root: move(root / "image", root / "images"), "call it 'image'"),
        (lambda root: shutil.rmtree(root / "split"), "LGD repository"),
        (lambda root: (root / "split/grasp-anything++/test/seen.obj").write_bytes(b"\x80\x04"), "seen.obj' cannot be"),
        (lambda root: (root / f"image/{SHA[1]}.jpg").unlink(), "images missing: 1 of 3"),
        (lambda root: halve(root / f"image/{SHA[1]}.jpg"), "jpg' is cut off"),
        (lambda root: halve(root / f"grasp_label_positive/{SHA[1]}_0_0.pt"), "no tensor"),
    ],
)
def test_each_fault_of_grasp_anything_is_told_with_its_remedy(anything, damage, said):
    damage(anything)
    assert any(said in problem for problem in check_data(anything).problems)


def test_archives_with_a_folder_of_their_own_name(anything):
    move(anything / "grasp_instructions", anything / "new/grasp_instructions")
    (anything / "new").rename(anything / "grasp_instructions")
    said = f"move them up from '{anything / 'grasp_instructions/grasp_instructions'}'"
    assert any(said in problem for problem in check_data(anything).problems)


def test_labels_of_the_older_grasp_anything_are_recognised(tmp_path):
    root = write_grasp_anything(tmp_path / "ga", OLD_NAMES)
    for file in (root / "prompt").iterdir():
        file.unlink()
    (root / f"prompt/{SHA[0]}.pkl").write_bytes(pickle.dumps(("a table", ["knife"])))
    assert any("older Grasp-Anything" in problem for problem in check_data(root).problems)


def test_tabletop_data_is_checked_too(tmp_path):
    (tmp_path / "train/scene_000000").mkdir(parents=True)
    (tmp_path / "train/scene_000001").mkdir()
    (tmp_path / "train/scene_000001/scene.json").write_text("{")
    report = check_data(tmp_path)
    assert [(count.split, count.found) for count in report.counts] == [("train", 1)]
    assert "unfinished scenes: 1 of 2" in report.problems[0] and "not valid JSON" in report.problems[1]


def test_what_is_missing_or_changed_since_it_was_generated_is_told(tmp_path):
    write_shapes(tmp_path / "train", 2)
    manifest = tmp_path / "train/manifest.json"
    manifest.write_text(json.dumps({"scenes": 2, "sha256": content_digest(tmp_path / "train")}))
    assert not check_data(tmp_path).problems
    manifest.write_text(json.dumps({"scenes": 3}))
    assert "holds 2 of 3 scenes; the same 'lggd generate' again makes the others" in check_data(tmp_path).problems[0]
    manifest.write_text(json.dumps({"scenes": 2, "sha256": "00"}))
    assert "does not hold what was generated" in check_data(tmp_path).problems[0]
