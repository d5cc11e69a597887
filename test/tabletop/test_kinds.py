from dataclasses import replace
from itertools import combinations

import mujoco
import numpy as np
import pytest
from floating_hand import holds

from lggd_ros.tabletop.appearance import draw_appearance
from lggd_ros.tabletop.colours import COLOURS, HSV_RANGES, draw_colour
from lggd_ros.tabletop.composition import PlacedObject, draw_models
from lggd_ros.tabletop.kinds import (
    KINDS,
    NOVEL_KINDS,
    NOVEL_SPECIMENS,
    SEEN_KINDS,
    SEEN_SPECIMENS,
    make_object,
    rest_rotation,
)
from lggd_ros.tabletop.labels import MAX_WIDTH, GraspSampler
from lggd_ros.tabletop.materials import MATERIALS
from lggd_ros.tabletop.objects import Part, add_object, label_of
from lggd_ros.tabletop.physics import compile_world, settle
from lggd_ros.tabletop.rendering import Renderer
from lggd_ros.tabletop.scenes import Scene

APPEARANCE = draw_appearance(np.random.default_rng(0))
GRASPED_PARTS = {
    "mug": {"handle", "body"},
    "hammer": {"handle", "head"},
    "screwdriver": {"handle"},
    "pan": {"handle", "rim"},
    "spoon": {"handle", "head"},
    "knife": {"handle"},
    "torch": {"handle", "head"},
    "toothbrush": {"handle", "head"},
    "plate": {"rim"},
}


def settled(kind, specimen=3, scale=1.0):
    rng = np.random.default_rng(specimen)
    model = make_object("thing", kind, KINDS[kind].colours[0], specimen, scale)
    pose = np.eye(4)
    pose[:3, :3] = rest_rotation(kind, rng)
    pose[:3, 3] = [0.5, 0.0, 0.002 - np.concatenate(model.hulls(pose))[:, 2].min()]
    things = settle(APPEARANCE, [PlacedObject(model, pose)])
    assert things is not None
    return things, GraspSampler(*compile_world(APPEARANCE, things), rng).grasps("thing")


@pytest.mark.parametrize("kind", KINDS)
def test_kind_rests_on_the_table_and_the_best_grasp_from_above_holds_it(kind):
    things, grasps = settled(kind)
    assert grasps and grasps[0].quality > 0.45
    assert all(grasp.object_width <= MAX_WIDTH for grasp in grasps)
    assert holds(Scene("isolated", 0, "train", things, APPEARANCE, (), "", "thing"), things[0], grasps[0])


def shown(thing, material, appearance):
    """What shows of a thing from half a metre above, were it made of that (N, 3)."""
    made = PlacedObject(replace(thing.model, material=material), thing.pose)
    model, data = compile_world(appearance, (made,))
    above = np.diag([1.0, -1.0, -1.0, 1.0])
    above[:3, 3] = thing.pose[:3, 3] + [0, 0, 0.5]
    frame = Renderer(model).capture(data, above, shadows=True)
    return frame.color[frame.bodies == model.body(made.model.name).id].astype(float)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if len(set(KINDS[kind].materials)) > 1])
def test_what_a_thing_is_made_of_shows(kind):
    """Else nobody could follow an instruction that names a material."""
    for pair in combinations(sorted(set(KINDS[kind].materials)), 2):
        differences = []
        for specimen in range(5):
            (thing,), _ = settled(kind, specimen)
            light = draw_appearance(np.random.default_rng(specimen))
            one, other = (shown(thing, material, light) for material in pair)
            brightness = (one * other).sum() / (one * one).sum()  # tells nothing: there are dark and bright specimens
            differences.append(np.abs(brightness * one - other).mean())
        assert np.median(differences) > 3, f"{kind}: {pair}"  # grey levels; the sensor's noise is of that size


@pytest.mark.parametrize("kind", KINDS)
def test_small_specimens_too_can_be_grasped(kind):
    counts = [len(settled(kind, specimen, scale=0.75)[1]) for specimen in (11, 12, 13)]
    assert sum(count > 0 for count in counts) >= 2


@pytest.mark.parametrize("kind", GRASPED_PARTS)
def test_grasps_are_found_on_the_parts_that_people_name(kind):
    found = {grasp.part for specimen in (3, 4) for grasp in settled(kind, specimen)[1]}
    assert found >= GRASPED_PARTS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_few_geoms_and_a_plausible_mass(kind):
    model = make_object("thing", kind, KINDS[kind].colours[0], 5, scale=0.75)
    assert sum(part.solid for part in model.parts) <= 16
    assert 0.03 <= model.mass <= 0.3


def test_specimens_are_fixed_and_differ():
    sizes = [make_object("thing", "bottle", "red", specimen).extent for specimen in (0, 0, 1, 1000)]
    assert sizes[0] == sizes[1] and len(set(sizes)) == 3
    recoloured = make_object("other", "bottle", "blue", 0)
    assert recoloured.extent == sizes[0] and recoloured.colour == "blue"


def test_novel_kinds_and_specimens_are_kept_apart_from_training():
    assert len(KINDS) >= 38 and len(NOVEL_KINDS) >= 6
    assert set(SEEN_KINDS) | set(NOVEL_KINDS) == set(KINDS) and not set(SEEN_KINDS) & set(NOVEL_KINDS)
    assert not set(SEEN_SPECIMENS) & set(NOVEL_SPECIMENS)
    drawn = {model.kind for seed in range(30) for model in draw_models("cluttered", np.random.default_rng(seed))}
    assert drawn <= set(SEEN_KINDS) and len(drawn) > 40
    novel = draw_models("cluttered", np.random.default_rng(0), kinds=NOVEL_KINDS, specimens=NOVEL_SPECIMENS)
    assert {model.kind for model in novel} <= set(NOVEL_KINDS)


def test_every_material_of_every_kind_is_known():
    for kind, family in KINDS.items():
        assert all(not material or material in MATERIALS for material in family.materials)
        assert all(not part.material or part.material in MATERIALS for part in make_object("a", kind, "red", 0).parts)


def test_glass_lets_light_through_and_geoms_know_their_part():
    spec = mujoco.MjSpec()
    add_object(spec, make_object("thing", "jar", "red", 0), np.eye(4))
    model = spec.compile()
    labels = {label_of(model.geom(index).name): model.geom_rgba[index, 3] for index in range(model.ngeom)}
    assert labels["body"] == pytest.approx(MATERIALS["glass"].opacity) and labels["lid"] == 1


def test_body_weighs_what_the_model_says_around_the_same_centre():
    model = make_object("thing", "hammer", "red", 1)
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
    large, small = (make_object("thing", "mug", "red", 2, scale) for scale in (1.0, 0.75))
    assert small.extent == pytest.approx(0.75 * large.extent)


def test_names_are_shared_by_no_two_hues():
    hues = sorted(HSV_RANGES[name][0] for name in ("red", "orange", "yellow", "green", "blue", "purple", "pink"))
    assert all(high < low for (_, high), (low, _) in zip(hues[:-1], hues[1:], strict=True))


@pytest.mark.parametrize("name", COLOURS)
def test_drawn_colours_are_valid_and_vary(name):
    rng = np.random.default_rng(0)
    drawn = np.array([draw_colour(name, rng) for _ in range(20)])
    assert ((drawn >= 0) & (drawn <= 1)).all() and drawn[:, :3].std(axis=0).max() > 0.005
