import mujoco
import numpy as np
import pytest

from lggd_ros.tabletop.rendering import CAMERA, Renderer
from lggd_ros.tabletop.scenes import build_spec, make_scene
from lggd_ros.tabletop.sensor import sense_colour, sense_depth


@pytest.fixture(scope="module")
def world():
    scene = make_scene("scattered", 1, "test")
    model = build_spec(scene).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return scene, model, data


@pytest.fixture(scope="module")
def frame(world):
    scene, model, data = world
    return Renderer(model).capture(data, scene.camera_poses[0])


def ray(model, data, pose, pixel):
    """Depth and body that a ray through the pixel's centre meets."""
    direction = CAMERA.deproject(np.array(pixel, float), np.array(1.0))
    geom = np.full(1, -1, np.int32)
    reach = mujoco.mj_ray(model, data, pose[:3, 3], pose[:3, :3] @ direction, None, True, -1, geom, None)
    return reach, model.geom_bodyid[geom[0]]


def test_depth_and_bodies_agree_with_ray_casting(world, frame):
    scene, model, data = world
    rng = np.random.default_rng(0)
    pixels = rng.integers([5, 5], [635, 475], (400, 2))
    cast = [ray(model, data, scene.camera_poses[0], pixel) for pixel in pixels]
    seen_depth, seen_body = frame.depth[pixels[:, 1], pixels[:, 0]], frame.bodies[pixels[:, 1], pixels[:, 0]]
    depth, body = np.array([c[0] for c in cast]), np.array([c[1] for c in cast])
    assert np.mean(body == seen_body) > 0.99
    assert np.median(np.abs(depth - seen_depth)) < 2e-4
    assert np.mean(np.abs(depth - seen_depth) < 0.002) > 0.98


def test_projected_things_are_found_where_they_appear(world, frame):
    scene, model, _ = world
    pose = scene.camera_poses[0]
    found = 0
    for thing in scene.objects:
        rows, columns = np.nonzero(frame.bodies == model.body(thing.model.name).id)
        hulls = np.concatenate(thing.model.hulls(thing.pose))
        pixels = CAMERA.project((hulls - pose[:3, 3]) @ pose[:3, :3])
        if (pixels < 0).any() or (pixels >= (CAMERA.width, CAMERA.height)).any():
            continue
        found += 1
        assert columns.min() == pytest.approx(pixels[:, 0].min(), abs=3)
        assert rows.max() == pytest.approx(pixels[:, 1].max(), abs=3)
    assert found >= 2


def test_shadows_darken(world, frame):
    scene, model, data = world
    shaded = Renderer(model).capture(data, scene.camera_poses[0], shadows=True)
    assert shaded.color.mean() < frame.color.mean()
    np.testing.assert_array_equal(shaded.bodies, frame.bodies)


def test_sensed_depth_is_noisy_and_lost_at_edges(frame):
    sensed = sense_depth(frame.depth, np.random.default_rng(0))
    assert sensed.dtype == np.uint16
    valid = sensed > 0
    error = sensed[valid] / 1000 - frame.depth[valid]
    assert 0.0003 < np.std(error) < 0.003 and abs(np.mean(error)) < 0.0005
    edges = np.abs(np.diff(frame.depth, axis=1, prepend=frame.depth[:, :1])) > 0.015
    assert np.mean(~valid[edges]) > 0.3 > 0.05 > np.mean(~valid[~edges])


def test_sensor_noise_is_reproducible(frame):
    first, second = (sense_depth(frame.depth, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_no_return_stays_no_return():
    assert not sense_depth(np.zeros((48, 64), np.float32), np.random.default_rng(0)).any()


def test_sensed_colour_is_the_same_picture(frame):
    sensed = sense_colour(frame.color, np.random.default_rng(0))
    assert sensed.shape == frame.color.shape and sensed.dtype == np.uint8
    assert np.corrcoef(sensed.mean(axis=2).ravel(), frame.color.mean(axis=2).ravel())[0, 1] > 0.9
