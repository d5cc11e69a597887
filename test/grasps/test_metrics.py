import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from lggd_ros.grasps.metrics import angle_difference, first_correct, grasp_correct, mask_iou, rectangle_iou
from lggd_ros.grasps.planar import PlanarGrasp


def rectangle(x=100.0, y=100.0, angle=0.0, width=60.0, height=20.0):
    return PlanarGrasp(x, y, angle, width, height)


def test_shifted_rectangles_overlap_as_computed_by_hand():
    assert rectangle_iou(rectangle(), rectangle(x=130)) == pytest.approx(1 / 3, abs=1e-4)


def test_crossed_rectangles_overlap_as_computed_by_hand():
    crossed = rectangle_iou(rectangle(), rectangle(angle=np.pi / 2))
    assert crossed == pytest.approx(400 / (2 * 1200 - 400), abs=1e-4)


def test_distant_rectangles_do_not_overlap():
    assert rectangle_iou(rectangle(), rectangle(x=400)) == 0


@given(st.floats(-3, 3), st.floats(20, 600), st.floats(20, 400))
def test_iou_with_itself_is_one_at_any_angle_and_place(angle, x, y):
    assert rectangle_iou(rectangle(x, y, angle), rectangle(x, y, angle)) == pytest.approx(1)


@given(st.floats(-3, 3), st.floats(0.1, 1), st.floats(-0.5, 0.5))
def test_sides_on_one_line_are_no_trouble(angle, share, shift):
    """Here OpenCV's intersectConvexConvex finds overlaps larger than the rectangles."""
    whole = rectangle(angle=angle)
    x, y = (100, 100) + whole.direction * shift * 60
    part = rectangle(x, y, angle, width=60 * share)
    overlap = min(30, 60 * (shift + share / 2)) - max(-30, 60 * (shift - share / 2))
    assert rectangle_iou(whole, part) == pytest.approx(overlap / (60 + 60 * share - overlap))


def test_an_octagon_by_hand():
    """Two unit squares, one turned by 45°: a regular octagon of area 2 (sqrt 2 - 1)."""
    octagon = 2 * (math.sqrt(2) - 1)
    squares = (rectangle(angle=angle, width=1, height=1) for angle in (0.4, 0.4 + math.pi / 4))
    assert rectangle_iou(*squares) == pytest.approx(octagon / (2 - octagon))


def straightforward_iou(a, b):
    """The overlap is the hull of the corners inside the other one and of the points where sides cross."""
    points = [p for one, other in ((a, b), (b, a)) for p in one.corners() if _inside(other, p, 1e-9)]
    for p, p2 in _sides(a):
        for q, q2 in _sides(b):
            along = np.stack([p2 - p, q - q2], axis=1)
            if abs(np.linalg.det(along)) > 1e-9:
                s, t = np.linalg.solve(along, q - p)
                points += [p + s * (p2 - p)] if 0 <= s <= 1 and 0 <= t <= 1 else []
    spread = np.linalg.matrix_rank(np.array(points) - points[0], tol=1e-6) if len(points) > 2 else 0
    overlap = ConvexHull(points).volume if spread == 2 else 0.0
    return overlap / (a.width * a.height + b.width * b.height - overlap)


def _sides(grasp):
    return zip(grasp.corners(), np.roll(grasp.corners(), -1, axis=0), strict=True)


def test_iou_agrees_with_straightforward_geometry():
    rng = np.random.default_rng(0)
    compared = []
    for _ in range(300):
        a, b = (rectangle(*rng.uniform(0, 60, 2), rng.uniform(-1.6, 1.6), *rng.uniform(2, 60, 2)) for _ in range(2))
        compared.append((rectangle_iou(a, b), straightforward_iou(a, b)))
        assert compared[-1][0] == pytest.approx(compared[-1][1], abs=1e-9)
    assert sum(iou > 0 for iou, _ in compared) > 100


@settings(max_examples=30, deadline=None)
@given(st.floats(0, np.pi), st.floats(-40, 40), st.floats(-20, 20))
def test_iou_agrees_with_counting_pixels(angle, dx, dy):
    a, b = rectangle(), rectangle(100 + dx, 100 + dy, angle)
    points = np.stack(np.meshgrid(np.arange(20, 180, 0.251), np.arange(20, 180, 0.251)), axis=-1)
    inside_a, inside_b = _inside(a, points), _inside(b, points)
    counted = (inside_a & inside_b).sum() / (inside_a | inside_b).sum()
    assert rectangle_iou(a, b) == pytest.approx(counted, abs=0.02)


def _inside(grasp, points, margin=0.0):
    offset = points - (grasp.x, grasp.y)
    across = np.array([-grasp.direction[1], grasp.direction[0]])
    return (abs(offset @ grasp.direction) <= grasp.width / 2 + margin) & (
        abs(offset @ across) <= grasp.height / 2 + margin
    )


def test_a_mirrored_angle_is_wrong():
    truth = [rectangle(angle=np.deg2rad(45))]
    assert not grasp_correct(rectangle(angle=np.deg2rad(-45)), truth)
    assert grasp_correct(rectangle(angle=np.deg2rad(45 + 180)), truth)


@pytest.mark.parametrize(("degrees", "right"), [(29.9, True), (30.1, False), (-29.9, True), (150.1, True)])
def test_thirty_degrees_modulo_a_half_turn(degrees, right):
    square = {"width": 40.0, "height": 40.0}  # overlaps well at any angle
    assert grasp_correct(rectangle(angle=np.deg2rad(degrees), **square), [rectangle(**square)]) == right


def test_angles_wrap():
    assert angle_difference(np.deg2rad(85), np.deg2rad(-85)) == pytest.approx(np.deg2rad(10))


@pytest.mark.parametrize(("shift", "right"), [(35.9, True), (36.1, False)])
def test_a_quarter_of_the_union_must_be_shared(shift, right):
    """(60 - d) / (60 + d) is a quarter at d = 36."""
    assert grasp_correct(rectangle(x=100 + shift), [rectangle()]) == right


def test_rank_of_the_first_correct_grasp():
    wrong, right, truths = rectangle(x=300), rectangle(), [rectangle(y=200), rectangle()]
    assert first_correct([right, wrong], truths) == 0
    assert first_correct([wrong, wrong, right], truths) == 2
    assert first_correct([wrong], truths) == first_correct([right], []) == first_correct([], truths) == math.inf


def straightforward_correct(grasp, truths):
    """Directions as lines: the cosine between them, of either sign."""
    return any(
        abs(grasp.direction @ truth.direction) > math.cos(math.radians(30)) and straightforward_iou(grasp, truth) > 0.25
        for truth in truths
    )


def test_ranks_agree_with_their_definition():
    rng = np.random.default_rng(2)

    def some(count):
        return [
            rectangle(*rng.uniform(0, 60, 2), rng.uniform(-1.6, 1.6), *rng.uniform(20, 60, 2)) for _ in range(count)
        ]

    ranks = []
    for _ in range(40):
        grasps, truths = some(8), some(3)
        right = [straightforward_correct(grasp, truths) for grasp in grasps]
        ranks.append(first_correct(grasps, truths))
        assert ranks[-1] == (right.index(True) if any(right) else math.inf)
    assert sum(rank < 1 for rank in ranks) > 3 and sum(1 <= rank < 5 for rank in ranks) > 3 and math.inf in ranks


def test_mask_iou_agrees_with_sets_of_pixels():
    masks = np.random.default_rng(0).random((6, 5, 7)) < 0.5
    for a, b in zip(masks, masks[1:], strict=False):
        pixels = [set(zip(*np.nonzero(mask), strict=True)) for mask in (a, b)]
        assert mask_iou(a, b) == len(pixels[0] & pixels[1]) / len(pixels[0] | pixels[1])


def test_mask_iou():
    a = np.zeros((4, 4), bool)
    a[:2] = True
    b = np.zeros((4, 4), bool)
    b[1:3] = True
    assert mask_iou(a, b) == pytest.approx(1 / 3)
    assert mask_iou(np.zeros_like(a), np.zeros_like(a)) == 1
