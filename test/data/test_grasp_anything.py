"""Reading Grasp-Anything++ as scenes, and letting no foreign code in."""

import pickle

import numpy as np
import pytest
import torch
from published_data import OLD_NAMES, SHA, write_grasp_anything

from lggd_ros.data.augment import mirror
from lggd_ros.data.batches import collate
from lggd_ros.data.files import DataError
from lggd_ros.data.grasp_anything import GraspAnythingScenes, read_grasps
from lggd_ros.data.open import open_data
from lggd_ros.data.pickles import load_plain
from lggd_ros.network import LGGDConfig

CONFIG = LGGDConfig.rn50(None)


class Intruder:
    """Creates a file when it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return open, (str(self.file), "w")


@pytest.fixture
def root(tmp_path):
    return write_grasp_anything(tmp_path / "data")


@pytest.mark.parametrize("names", [{}, OLD_NAMES])
def test_both_folder_namings_are_read(tmp_path, names):
    root = write_grasp_anything(tmp_path / "data", names)
    scenes = open_data(root, "train", CONFIG)
    assert [scene.name for scene in scenes] == [f"{SHA[0]}_0_0", f"{SHA[0]}_0_1"]
    assert [i.text for i in scenes[1].instructions] == ["Hold the handle", "By the handle"]
    assert [i.text for i in scenes[0].instructions] == ["Grasp the knife"]


def test_splits_follow_the_published_lists(root):
    sizes = {split: len(GraspAnythingScenes(root, split, CONFIG)) for split in ("test-seen", "test-unseen", "all")}
    assert sizes == {"test-seen": 2, "test-unseen": 4, "all": 6}


def test_overlapping_parts_keep_their_own_masks(root):
    knife, handle = GraspAnythingScenes(root, "train", CONFIG)
    ratio = 416 / 112
    for scene, height in ((knife, 60), (handle, 30)):
        assert scene.image.shape == (224, 224, 3) and scene.image[112, 112, 0] > 150 > scene.image[112, 112, 2]
        assert scene.mask(scene.instructions[0]).sum() == pytest.approx(100 * height / ratio**2, rel=0.1)


def test_the_fingers_close_along_w_turned_by_theta_from_x_to_y(root):
    file = root / "grasp_label_positive" / f"{SHA[0]}_0_0.pt"
    grasp = read_grasps(file)[0]
    assert grasp.direction == pytest.approx((np.cos(np.pi / 6), np.sin(np.pi / 6)))
    assert (grasp.x, grasp.y, grasp.width, grasp.height) == (200, 100, 60, 20)
    assert grasp.corners()[3] - grasp.corners()[0] == pytest.approx(60 * grasp.direction)
    scene = GraspAnythingScenes(root, "train", CONFIG)[0]
    assert scene.grasps[1][0].width == pytest.approx(60 * 112 / 416)
    assert scene.grasps[1][0].angle == pytest.approx(np.pi / 6)


def test_scenes_can_be_batched(root):
    scene = GraspAnythingScenes(root, "train", CONFIG)[1]
    batch = collate([(scene, scene.instructions)], 77)
    assert batch.match.tolist() == [1, 1]
    assert batch.maps[0, 0].max() > 0.9


def test_mirrored_parts_stay_true(root):
    file = root / "grasp_instructions" / f"{SHA[0]}_0_0.pkl"
    file.write_bytes(pickle.dumps("Grasp the Left handle"))
    scene = GraspAnythingScenes(root, "train", CONFIG)[0]
    mirrored = mirror(scene)
    assert mirrored.instructions[0].text == "Grasp the Right handle"
    assert np.array_equal(mirrored.instances, scene.instances[:, ::-1])
    assert np.array_equal(mirrored.maps[1], -scene.maps[1][:, ::-1])


def test_incomplete_samples_are_left_out(root):
    (root / "part_mask" / f"{SHA[0]}_0_0.npy").unlink()
    (root / "image" / f"{SHA[2]}.jpg").unlink()
    assert len(GraspAnythingScenes(root, "all", CONFIG)) == 3
    with pytest.raises(DataError, match="no complete sample"):
        for file in (root / "image").iterdir():
            file.unlink()
        GraspAnythingScenes(root, "all", CONFIG)


def test_pickles_that_would_run_code_are_refused(root, tmp_path):
    trace = tmp_path / "trace"
    file = root / "grasp_instructions" / f"{SHA[0]}_0_0.pkl"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        file.write_bytes(pickle.dumps([Intruder(trace)], protocol))
        with pytest.raises(DataError, match="only plain text and numbers"):
            GraspAnythingScenes(root, "train", CONFIG)[0]
    torch.save(Intruder(trace), root / "grasp_label_positive" / f"{SHA[0]}_0_0.pt")
    file.write_bytes(pickle.dumps("Grasp the knife"))
    with pytest.raises(DataError, match="no tensor"):
        GraspAnythingScenes(root, "train", CONFIG)[0]
    np.save(root / "part_mask" / f"{SHA[0]}_0_0.npy", np.array([Intruder(trace)]), allow_pickle=True)
    with pytest.raises(DataError, match="no mask"):
        GraspAnythingScenes(root, "train", CONFIG)[0]
    assert not trace.exists()


@pytest.mark.parametrize("value", ["text", ["a", ("b", 1)], {"a": 2.5}, [None, True, -(2**70)]])
def test_plain_values_pass(tmp_path, value):
    for protocol in (2, 4, 5):
        (tmp_path / "plain.pkl").write_bytes(pickle.dumps(value, protocol))
        assert load_plain(tmp_path / "plain.pkl") == value


@pytest.mark.parametrize(
    "name, content",
    [
        ("grasp_instructions/{}.pkl", pickle.dumps("Grasp the knife")[:-3]),
        ("grasp_instructions/{}.pkl", pickle.dumps([])),
        ("grasp_instructions/{}.pkl", b""),
        ("grasp_label_positive/{}.pt", b"PK\x03\x04"),
        ("part_mask/{}.npy", b"\x93NUMPY"),
    ],
)
def test_damaged_files_are_named(root, name, content):
    file = root / name.format(f"{SHA[0]}_0_0")
    file.write_bytes(content)
    with pytest.raises(DataError, match=file.name):
        GraspAnythingScenes(root, "train", CONFIG)[0]


@pytest.mark.parametrize("rows", [torch.zeros(3, 5), torch.full((1, 6), torch.nan), [1, 2]])
def test_tables_that_hold_no_grasps_are_refused(tmp_path, rows):
    torch.save(rows, tmp_path / "part.pt")
    with pytest.raises(DataError, match=r"\(N, 6\)"):
        read_grasps(tmp_path / "part.pt")


def test_unknown_splits_and_missing_lists_are_explained(root):
    with pytest.raises(DataError, match="test-unseen and all"):
        GraspAnythingScenes(root, "test", CONFIG)
    (root / "split/grasp-anything++/test/seen.obj").unlink()
    with pytest.raises(DataError, match="LGD repository"):
        GraspAnythingScenes(root, "test-seen", CONFIG)
