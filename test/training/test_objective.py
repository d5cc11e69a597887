"""What a step of each stage trains."""

import pytest
import torch
from shapes import TINY, write_shapes

from lggd_ros.data.batches import collate
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.network import LGGD, LGGDConfig
from lggd_ros.network.holding import HOLDS
from lggd_ros.training.losses import total
from lggd_ros.training.objective import Objective, grasp_maps
from lggd_ros.training.schedule import Stage

CONFIG = LGGDConfig.tabletop().with_(**TINY)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    scenes = TabletopScenes(write_shapes(tmp_path_factory.mktemp("shapes"), 2), CONFIG)
    return collate([(scene, scene.instructions) for scene in scenes], CONFIG.context_length)


@pytest.fixture
def objective():
    torch.manual_seed(0)
    return Objective(LGGD(CONFIG))


def trained_parts(objective):
    return {name.split(".")[0] for name, p in objective.network.named_parameters() if p.grad is not None}


ANSWERING = {"mask", "grasp", "asked", "shown"}
FINDING = {"centres", "inside", "boxes", "laid", "owners"}
THINGS = {"finder", "close_up", "comparing", "text_encoder", "referring", "match"}
LOOKS = {"labels", "sizes", "kin", "parts"}
KNOWING = LOOKS | {"match", "asked", "meant", "sense", "candidates", "anchors"}


def test_a_step_trains_every_part(objective, batch):
    losses = objective(batch)
    assert set(losses) == {*ANSWERING, *FINDING, *KNOWING}
    total(losses).backward()
    untrained = [name for name, p in objective.named_parameters() if p.grad is None]
    assert untrained == []


def test_labels_alone_train_what_knows_things(objective, batch):
    losses = objective(batch, Stage.LABELS)
    assert set(losses) == LOOKS
    total(losses).backward()
    assert trained_parts(objective) == {"close_up", "comparing", "text_encoder", "referring", "holding"}


def test_things_alone_spare_the_decoder(objective, batch):
    losses = objective(batch, Stage.THINGS, found=0.5)
    assert set(losses) == FINDING | KNOWING
    total(losses).backward()
    assert trained_parts(objective) == {*THINGS, "holding"}


def test_after_a_stage_of_their_own_things_stay_as_they_are(batch):
    objective = Objective(LGGD(CONFIG), staged=True)
    before = objective.network.finder.stem[1].running_mean.clone()
    losses = objective(batch)
    assert set(losses) == ANSWERING
    total(losses).backward()
    assert not trained_parts(objective) & THINGS
    assert {"image_encoder", "fusion", "tell", "head", "holding", "refinement"} <= trained_parts(objective)
    assert torch.equal(before, objective.network.finder.stem[1].running_mean)
    assert objective.network.holding.of_things.weight.grad is None


def test_some_pairs_skip_the_decoder(objective, batch):
    whole = objective.eval()(batch)
    objective.decode_every = 3
    some = objective(batch)
    fields = ("image_of", "tokens", "mask", "asked", "match", "candidates", "anchors", "sense")
    first = batch._replace(**{name: getattr(batch, name)[::3] for name in fields})
    objective.decode_every = 1
    alone = objective(first)
    assert all(some[name].item() == whole[name].item() for name in KNOWING)
    assert all(some[name].item() == pytest.approx(alone[name].item(), rel=1e-4) for name in ANSWERING - KNOWING)


def test_grasps_are_learnt_on_things_that_nobody_named(objective, batch):
    nothing = batch._replace(mask=torch.zeros_like(batch.mask))
    assert objective(nothing)["grasp"] > 0


def test_grasps_by_another_part_are_worth_nothing(batch):
    elsewhere = batch._replace(asked=torch.full_like(batch.asked, HOLDS.index("wing")))
    every, none = grasp_maps(batch, slice(None)), grasp_maps(elsewhere, slice(None))
    assert torch.equal(every, batch.maps[batch.image_of]) and every[:, 0].any() and not none[:, 0].any()
    assert torch.equal(every[:, 1:], none[:, 1:])
