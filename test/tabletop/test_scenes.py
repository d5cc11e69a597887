import mujoco
import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lggd_ros.tabletop.composition import COUNTS, SIZE_RATIO, draw_models
from lggd_ros.tabletop.language import resolve
from lggd_ros.tabletop.layout import WORK_REGION, Layout, footprint
from lggd_ros.tabletop.scenes import GOOD_QUALITY, build_spec, make_scene, referents
from lggd_ros.tabletop.viewpoints import DISTANCE, TILTS, draw_camera_pose, look_at

SETUPS = list(COUNTS)


@pytest.fixture(scope="module", params=SETUPS)
def scene(request):
    return make_scene(request.param, 5, "test")


def outline(thing):
    return np.concatenate(thing.model.hulls(thing.pose))[:, :2]


def test_number_and_place_of_things(scene):
    low, high = COUNTS[scene.setup]
    assert low <= len(scene.objects) <= high
    assert len({thing.model.name for thing in scene.objects}) == len(scene.objects)
    for thing in scene.objects:
        assert all(a <= v <= b for v, (a, b) in zip(thing.centre[:2], WORK_REGION, strict=True))


def test_things_stay_where_they_are(scene):
    model = build_spec(scene).compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 250)
    for thing in scene.objects:
        assert np.linalg.norm(data.body(thing.model.name).xpos - thing.pose[:3, 3]) < 0.004


def test_instruction_singles_out_a_target_that_can_be_grasped(scene):
    assert resolve(scene.instruction, referents(scene)) == (scene.target,)
    target = next(thing for thing in scene.objects if thing.model.name == scene.target)
    assert target.grasps[0].quality >= GOOD_QUALITY


def test_hand_fits_between_scattered_things():
    for seed in range(4):
        things = [thing for thing in make_scene("scattered", seed, "test").objects if not thing.on]
        gaps = [cdist(outline(a), outline(b)).min() for i, a in enumerate(things) for b in things[:i]]
        assert min(gaps) > 0.045


def test_cluttered_things_are_close():
    things = make_scene("cluttered", 2, "test").objects
    nearest = [min(cdist(outline(a), outline(b)).min() for b in things if b is not a) for a in things]
    assert np.median(nearest) < 0.035


def test_scene_is_reproducible_and_differs_between_seeds_and_splits():
    def key(seed, split):
        scene = make_scene("scattered", seed, split)
        return scene.instruction, np.round([thing.pose for thing in scene.objects], 12).tobytes()

    assert key(1, "test") == key(1, "test")
    assert len({key(seed, split) for seed in (1, 2) for split in ("train", "test")}) == 4


@pytest.mark.parametrize("arguments", [("heap", 0, "test"), ("isolated", 0, "exam"), ("isolated", -1, "test")])
def test_bad_arguments_are_named(arguments):
    bad = next(str(value) for value in arguments if value not in ("isolated", 0, "test"))
    with pytest.raises(ValueError, match=bad):
        make_scene(*arguments)


def test_size_words_mark_a_real_difference():
    marked = 0
    for seed in range(40):
        models = draw_models("cluttered", np.random.default_rng(seed))
        for model in (m for m in models if m.size_word):
            extents = [m.extent for m in models if m.kind == model.kind]
            ratio = max(extents) / model.extent if model.size_word == "small" else model.extent / min(extents)
            assert ratio >= SIZE_RATIO
            marked += 1
    assert marked > 10


def test_layout_keeps_the_gap_it_is_asked_for():
    square = [np.array([[x, y, 0] for x in (-0.03, 0.03) for y in (-0.03, 0.03)])]
    layout, shape = Layout(), footprint(square)
    first = np.array([0.5, 0.0])
    layout.occupy(shape, first)
    places = layout.free_places(shape, gap=0.05)
    assert len(places)
    apart = np.abs(places - first).max(axis=1)
    assert 0.1 < apart.min() < 0.12


def test_view_from_above_is_upright_as_from_behind_the_robot():
    pose = look_at(np.array([0.5, 0.0, 0.55]), np.array([0.5, 0.0, 0.0]))
    np.testing.assert_allclose(pose[:3, :3], [[0, -1, 0], [-1, 0, 0], [0, 0, -1]], atol=1e-12)


def test_drawn_viewpoints_are_rigid_and_look_down_within_bounds():
    rng = np.random.default_rng(0)
    for _ in range(200):
        pose = draw_camera_pose(rng)
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)
        assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
        assert 0.3 <= pose[2, 3] <= DISTANCE[1] + 0.02
        assert -pose[2, 2] > np.cos(TILTS[1]) - 1e-9
