import mujoco
import numpy as np
import pytest

from lggd_ros.tabletop.appearance import draw_appearance
from lggd_ros.tabletop.colours import COLOURS, HSV_RANGES, draw_colour
from lggd_ros.tabletop.composition import PlacedObject
from lggd_ros.tabletop.kinds import KINDS, make_object, rest_rotation
from lggd_ros.tabletop.labels import MAX_WIDTH, GraspSampler
from lggd_ros.tabletop.objects import Part, add_object
from lggd_ros.tabletop.physics import compile_world, settle


def specimen(kind, seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return make_object("thing", kind, KINDS[kind].colours[0], scale, rng), rng


@pytest.mark.parametrize("kind", KINDS)
def test_kind_rests_on_the_table_and_can_be_grasped_from_above(kind):
    model, rng = specimen(kind, 3)
    pose = np.eye(4)
    pose[:3, :3] = rest_rotation(kind, rng)
    lowest = np.concatenate(model.hulls(pose))[:, 2].min()
    pose[:3, 3] = [0.5, 0.0, 0.002 - lowest]
    appearance = draw_appearance(rng)
    settled = settle(appearance, [PlacedObject(model, pose)])
    assert settled is not None
    grasps = GraspSampler(*compile_world(appearance, settled), rng).grasps("thing")
    assert grasps and max(grasp.quality for grasp in grasps) > 0.45
    assert all(grasp.object_width <= MAX_WIDTH for grasp in grasps)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_few_geoms_and_a_plausible_mass(kind):
    model, _ = specimen(kind, 5, scale=0.75)
    assert sum(part.solid for part in model.parts) <= 12
    assert 0.03 <= model.mass <= 0.3


def test_body_weighs_what_the_model_says_around_the_same_centre():
    model, _ = specimen("hammer", 1)
    spec = mujoco.MjSpec()
    add_object(spec, model, np.eye(4))
    compiled = spec.compile()
    assert compiled.body("thing").mass == pytest.approx(model.mass)
    np.testing.assert_allclose(compiled.body("thing").ipos, model.centre_of_mass, atol=1e-6)


@pytest.mark.parametrize("shape", ["box", "cylinder", "capsule", "ellipsoid"])
def test_weight_of_a_part_is_its_volume(shape):
    model = mujoco.MjSpec()
    body = model.worldbody.add_body(name="thing")
    part = Part(shape, (0.02, 0.02, 0.03), (0, 0, 0), (1, 1, 1, 1))
    size = part.size if shape in ("box", "ellipsoid") else (0.02, 0.03, 0)
    body.add_geom(type=getattr(mujoco.mjtGeom, f"mjGEOM_{shape.upper()}"), size=size, density=1.0)
    assert part.weight == pytest.approx(model.compile().body("thing").mass[0])


def test_scaling_scales_the_extent():
    large, _ = specimen("mug", 2)
    small, _ = specimen("mug", 2, scale=0.75)
    assert small.extent == pytest.approx(0.75 * large.extent)


def test_names_are_shared_by_no_two_hues():
    hues = sorted(HSV_RANGES[name][0] for name in ("red", "orange", "yellow", "green", "blue", "purple", "pink"))
    assert all(high < low for (_, high), (low, _) in zip(hues[:-1], hues[1:], strict=True))


@pytest.mark.parametrize("name", COLOURS)
def test_drawn_colours_are_valid_and_vary(name):
    rng = np.random.default_rng(0)
    drawn = np.array([draw_colour(name, rng) for _ in range(20)])
    assert ((drawn >= 0) & (drawn <= 1)).all() and drawn[:, :3].std(axis=0).max() > 0.005
