"""What is asked of sentences: which things they name."""

import pytest
import torch
from shapes import TINY, write_shapes

from lggd_ros.data.batches import collate
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.network import LGGDConfig
from lggd_ros.training.places import true_places
from lggd_ros.training.referral import named, named_loss

CONFIG = LGGDConfig.tabletop().with_(**TINY)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    scenes = TabletopScenes(write_shapes(tmp_path_factory.mktemp("shapes"), 2), CONFIG)
    return collate([(scene, scene.instructions) for scene in scenes], CONFIG.context_length)


@pytest.fixture(scope="module")
def ids(batch):
    return true_places(batch.instances, batch.laid, 5)[1]


def test_a_sentence_names_its_targets_and_nothing_else(batch, ids):
    truth = named(batch.mask, batch, ids[batch.image_of])
    for mask, image, row in zip(batch.mask, batch.image_of, truth, strict=True):
        targets = set(batch.instances[image][mask > 0].tolist())
        assert [bool(hit) for hit in row] == [int(thing) in targets for thing in ids[image]]
    assert truth.any() and not truth[:, 3:].any(), "there are three things"


def test_all_things_that_are_there_count_the_same():
    logits, truth = torch.tensor([[3.0, -3.0, 9.0]]), torch.tensor([[True, True, False]])
    loss = named_loss(logits, truth, torch.tensor([[True, True, False]]))
    assert loss.item() == pytest.approx((0.0486 + 3.0486) / 2, abs=1e-3)
    assert named_loss(logits, truth, torch.zeros(1, 3, dtype=torch.bool)) == 0
