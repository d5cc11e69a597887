"""What a step trains: all of the network, or its encoders alone."""

import pytest
import torch
from shapes import TINY, write_shapes

from lggd_ros.data.batches import collate
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.network import LGGD, LGGDConfig
from lggd_ros.training.losses import total
from lggd_ros.training.objective import Objective, grasp_maps

CONFIG = LGGDConfig.tabletop().with_(**TINY)


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    scenes = TabletopScenes(write_shapes(tmp_path_factory.mktemp("shapes"), 2), CONFIG)
    return collate([(scene, scene.instructions) for scene in scenes], CONFIG.context_length)


@pytest.fixture
def objective():
    torch.manual_seed(0)
    return Objective(LGGD(CONFIG), alignment=True)


def trained_parts(objective):
    return {name.split(".")[0] for name, p in objective.network.named_parameters() if p.grad is not None}


def test_a_step_trains_every_part(objective, batch):
    losses = objective(batch)
    referral = {"layout", "sense", "candidates", "anchors", "meant"}
    assert set(losses) == {"mask", "grasp", "match", "aim", "labels", *referral}
    total(losses).backward()
    untrained = [name for name, p in objective.named_parameters() if p.grad is None]
    assert untrained == []


def test_encoders_alone_spare_the_decoder(objective, batch):
    losses = objective(batch, encoders_only=True)
    assert set(losses) == {"labels"}
    total(losses).backward()
    assert {"image_encoder", "text_encoder"} <= trained_parts(objective)
    assert not trained_parts(objective) & {"upsampling", "head", "refinement", "match", "edges"}


def planes(batch):
    """(B, h/4, w/4, S): which labels hold at the pixels that ``Alignment`` looks at."""
    instances = batch.instances[:, 2::4, 2::4].long()
    return torch.stack([table[ids] for table, ids in zip(batch.labels, instances, strict=True)])


def test_some_pairs_skip_the_decoder(objective, batch):
    whole = objective.eval()(batch)
    objective.decode_every = 3
    some = objective(batch)
    fields = ("image_of", "tokens", "mask", "holds", "match", "candidates", "anchors", "sense")
    first = batch._replace(**{name: getattr(batch, name)[::3] for name in fields})
    objective.decode_every = 1
    alone = objective(first)
    assert all(some[name].item() == whole[name].item() for name in ("match", "aim", "sense", "labels"))
    assert all(some[name].item() == pytest.approx(alone[name].item(), rel=1e-4) for name in ("mask", "grasp"))


def test_grasps_are_learnt_on_things_that_nobody_named(objective, batch):
    nothing = batch._replace(mask=torch.zeros_like(batch.mask))
    assert objective(nothing)["grasp"] > 0


def test_grasps_by_another_part_are_worth_nothing(batch):
    elsewhere = batch._replace(holds=torch.zeros_like(batch.holds))
    every, none = grasp_maps(batch, slice(None)), grasp_maps(elsewhere, slice(None))
    assert torch.equal(every, batch.maps[batch.image_of]) and every[:, 0].any() and not none[:, 0].any()
    assert torch.equal(every[:, 1:], none[:, 1:])


def test_labels_are_asked_of_instances_only(objective, batch):
    pixels = torch.nn.functional.normalize(torch.randn(2, CONFIG.embed_dim, 8, 12), dim=1)
    sentence = torch.randn(batch.labels.shape[-1], CONFIG.embed_dim)
    loss = objective.alignment.label_loss(pixels, sentence, batch)
    elsewhere = torch.where(planes(batch).any(-1)[:, None], pixels, -pixels)
    assert torch.equal(loss, objective.alignment.label_loss(elsewhere, sentence, batch))


def test_the_right_kind_and_colour_win(objective, batch):
    at = planes(batch).float()
    sentence = torch.eye(at.shape[-1], CONFIG.embed_dim)
    right = torch.nn.functional.normalize((at @ sentence).permute(0, 3, 1, 2), dim=1)
    loss = objective.alignment.label_loss(right, sentence, batch)
    wrong = objective.alignment.label_loss(-right, sentence, batch)
    assert loss < 0.01 < wrong


def test_large_and_small_instances_count_the_same(objective, batch):
    instances = torch.zeros(1, 16, 16, dtype=torch.uint8)
    instances[0, :, :8], instances[0, :4, 12:] = 1, 2  # at a quarter of the size: 8 pixels, 1 pixel
    table = torch.tensor([[[False, False], [True, False], [False, True]]])
    two = batch._replace(instances=instances, labels=table, label_question=torch.zeros(2, dtype=torch.int64))
    sentence = torch.eye(2, CONFIG.embed_dim)

    def loss(large, small):
        pixels = torch.zeros(1, CONFIG.embed_dim, 4, 4)
        pixels[0, large, :, :2] = pixels[0, small, :1, 3] = 1
        return objective.alignment.label_loss(pixels, sentence, two).item()

    assert loss(large=1, small=1) == pytest.approx(loss(large=0, small=0))
    assert loss(large=0, small=1) < loss(large=1, small=1) / 10


def test_statistics_settle_after_the_encoder_stage(batch):
    objective = Objective(LGGD(CONFIG), alignment=True, encoder_stage=True)
    statistics = objective.network.image_encoder.tower.bn1.running_mean
    before = statistics.clone()
    objective(batch, encoders_only=True)
    taught = statistics.clone()
    assert not torch.equal(before, taught)
    objective(batch)
    assert torch.equal(taught, statistics)
