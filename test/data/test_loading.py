"""Batches that other processes make ahead."""

import os
import signal
from itertools import islice

import pytest
import torch
from published_data import SEQUENCE, write_ocid_vlg

from lggd_ros.data.augment import Augmentation
from lggd_ros.data.batches import BatchStream
from lggd_ros.data.draws import RandomDraws
from lggd_ros.data.files import DataError
from lggd_ros.data.loading import load_batches
from lggd_ros.data.ocid_vlg import OCIDVLGScenes
from lggd_ros.network import LGGDConfig


@pytest.fixture
def root(tmp_path):
    return write_ocid_vlg(tmp_path)


def stream(scenes):
    return BatchStream(scenes, RandomDraws(len(scenes), 2), Augmentation(), images=2, context_length=16)


def open_test(root):
    return OCIDVLGScenes(root, "test", LGGDConfig.tabletop().with_(image_size=(64, 96)))


def test_workers_make_the_same_batches_in_order(root):
    batches = stream(open_test(root))
    expected = [batches.batch(step, 1, 2) for step in range(3, 7)]  # first: OpenCV has threads when workers start
    ahead = list(islice(load_batches(batches, 3, 1, 2, workers=2), 4))
    for one, other in zip(ahead, expected, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_corrupt_sample_is_named(root, workers):
    scenes = open_test(root)
    mask = root / SEQUENCE / "seg_mask_instances_combi/a.png"
    mask.write_bytes(mask.read_bytes()[:100])
    with pytest.raises(DataError) as error:
        list(load_batches(stream(scenes), 0, 0, 1, workers))
    assert str(error.value) == f"'{mask}' is cut off or no PNG image; fetch it again"


class Killer:
    """Scenes whose reading ends as the kernel ends a process when memory is short."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_told_as_lack_of_memory():
    with pytest.raises(MemoryError, match=r"process that reads the data ended .*fewer 'workers'"):
        next(load_batches(stream(Killer()), 0, 0, 1, workers=1))
