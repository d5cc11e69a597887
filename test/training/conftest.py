"""Two pictures of shapes as a batch, and which things are in them."""

import pytest
from shapes import TINY, write_shapes

from lggd_ros.data.batches import collate
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.network import LGGDConfig
from lggd_ros.training.places import true_places

CONFIG = LGGDConfig.tabletop().with_(**TINY)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    scenes = TabletopScenes(write_shapes(tmp_path_factory.mktemp("shapes"), 2), CONFIG)
    return collate([(scene, scene.instructions) for scene in scenes], CONFIG.context_length)


@pytest.fixture(scope="module")
def ids(shown):
    return true_places(shown.instances, shown.laid, 5)[1]
