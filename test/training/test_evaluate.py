"""``lggd evaluate``: verdicts on known answers, figures by hand, files for people, and what new users get wrong."""

import json
import math
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from shapes import TINY, write_shapes

from lggd_ros.cli import main
from lggd_ros.data.tabletop import TabletopScenes
from lggd_ros.grasps.legacy import FRAME
from lggd_ros.network import LGGD, LGGDConfig, Output, save_checkpoint
from lggd_ros.rates import wilson
from lggd_ros.training import verdicts
from lggd_ros.training.evaluate import evaluate as evaluated
from lggd_ros.training.figures import auroc, figures
from lggd_ros.training.page import choose
from lggd_ros.training.sensitivity import shuffling, swapping
from lggd_ros.training.tables import describe
from lggd_ros.training.verdicts import Verdict, judge

CONFIG = LGGDConfig.tabletop().with_(**TINY)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return LGGD(CONFIG).eval()


@pytest.fixture(scope="module")
def files(tmp_path_factory, network):
    root = tmp_path_factory.mktemp("evaluate")
    val = write_shapes(root / "data/val", 3)
    (val / "manifest.json").write_text(json.dumps({"format": 1, "scenes": 3, "seed": 0, "split": "val", "views": 2}))
    save_checkpoint(root / "tiny.safetensors", network, {})
    write_ocid_vlg(root / "ocid")
    return root


def write_ocid_vlg(root):
    """One picture with one expression, as OCID-VLG stores it."""
    mask = np.zeros((480, 640), np.uint8)
    mask[200:280, 200:300] = 7
    images = {"rgb": np.full((480, 640, 3), 90, np.uint8), "depth": mask.astype(np.uint16)}
    for folder, image in (images | {"seg_mask_instances_combi": mask}).items():
        (root / "ARID20/seq01" / folder).mkdir(parents=True)
        cv2.imwrite(str(root / "ARID20/seq01" / folder / "one.png"), image)
    grasp = [[230.0, 230.0], [230.0, 250.0], [270.0, 250.0], [270.0, 230.0]]
    item = {"image_filename": "ARID20/seq01,one.png", "question": "the cereal box", "target": "cereal_box_1"}
    item |= {"answer": 7, "box": [200, 200, 100, 80], "grasps": [grasp], "program": [], "question_index": 0}
    (root / "refer/multiple").mkdir(parents=True)
    (root / "refer/multiple/test_expressions.json").write_text(json.dumps({"data": [item]}))


def true_answer(network, scene, texts):
    """What a perfect network would say."""
    logits = torch.zeros(len(texts), 5, *scene.instances.shape)
    for logit, instruction in zip(logits, scene.instructions, strict=True):
        mask = torch.from_numpy(scene.mask(instruction)).float()
        maps = torch.from_numpy(scene.maps).float()
        logit[0] = 20 * mask - 10
        logit[[1, 4]] = torch.logit(maps[[0, 3]] * mask, 1e-4)
        logit[2:4] = torch.atanh(maps[1:3].clamp(-0.999, 0.999))
    match = torch.nn.functional.one_hot(torch.tensor([i.match for i in scene.instructions]), 3).float()
    return Output(logits, logits, match)


def mirrored_answer(network, scene, texts):
    """The same with angles the wrong way round."""
    output = true_answer(network, scene, texts)
    output.refined[:, 2] *= -1
    return output


def judged(files, network, monkeypatch, answer):
    monkeypatch.setattr(verdicts, "answer", answer)
    scenes = TabletopScenes(files / "data/val", CONFIG)
    return [verdict for scene in scenes for verdict in judge(network, scene, FRAME)]


def test_true_answers_are_right_in_every_figure(files, network, monkeypatch):
    found = figures(judged(files, network, monkeypatch, true_answer))
    shares = ("J@1", "J@5", "J@Any", "IoU", "Pr@50", "Pr@90", "match_accuracy")
    assert [found[name] for name in shares] == [1.0] * len(shares)
    assert found["absent_called_found"] == 0
    assert found["intervals"]["J@1"][0] < 1 == found["intervals"]["J@1"][1]
    assert set(found["by_type"]) >= {"attribute", "absent"}
    assert set(found["by_class"]) <= {"disc", "bar"} and all(g["J@1"] == 1 for g in found["by_class"].values())


def test_mirrored_answers_are_right_by_crogs_metric_only(files, network, monkeypatch):
    verdicts = judged(files, network, monkeypatch, mirrored_answer)
    bars = [v for v in verdicts if v.thing == "bar"]
    by_truth = {v.rank for v in judged(files, network, monkeypatch, true_answer) if v.thing == "bar"}
    assert by_truth == {0}
    assert any(v.rank == math.inf for v in bars)
    assert figures(bars)["legacy"]["J@1"] > figures(bars)["J@1"]


def test_crogs_metric_is_left_out_where_it_makes_no_sense(files, network):
    scene = TabletopScenes(files / "data/val", CONFIG)[0]
    assert all(v.legacy_rank is None for v in judge(network, scene))
    assert "legacy" not in figures(judge(network, scene))


def test_what_the_checkpoint_decides_by_counts(files, network, monkeypatch):
    monkeypatch.setattr(verdicts, "answer", true_answer)
    save_checkpoint(files / "shy.safetensors", network, {"decision": {"present": 1.0}})
    shy = evaluated(files / "shy.safetensors", files / "data", "val", device="cpu")
    assert shy["by_type"]["absent"]["match_accuracy"] == 1 and shy["by_type"]["attribute"]["match_accuracy"] == 0
    assert shy["J@1"] == 1


VERDICTS = [
    Verdict("name", 1, 1, 0.95, rank=0, legacy_rank=0, thing="mug", table="1"),
    Verdict("name", 1, 1, 0.55, rank=4, legacy_rank=math.inf, thing="mug", table="2"),
    Verdict("relation", 1, 0, 0.0, rank=7, legacy_rank=2, thing="can", table="3"),
    Verdict("relation", 1, 1, 0.7, rank=math.inf, legacy_rank=math.inf, thing="can", graspable=False, table="4"),
    Verdict("absent", 0, 1, 0.0, table="5"),
    Verdict("ambiguous", 2, 2, 0.9, table="6"),
]


def test_figures_by_hand():
    found = figures(VERDICTS)
    assert [found[name] for name in ("J@1", "J@5", "J@Any")] == [0.25, 0.5, 0.75]
    assert [found["legacy"][name] for name in ("J@1", "J@5", "J@Any")] == [0.25, 0.5, 0.5]
    assert found["counts"] == {"single": 4, "graspable": 3}
    assert found["IoU"] == 0.62
    assert [found[f"Pr@{x}"] for x in (50, 60, 70, 80, 90)] == [0.8, 0.6, 0.4, 0.4, 0.2]  # above, not at
    assert (found["match_accuracy"], found["absent_called_found"]) == (0.6667, 1.0)
    assert found["intervals"]["J@5"] == (0.15, 0.85)
    assert found["by_type"]["name"]["instructions"] == 2 and found["by_type"]["name"]["J@5"] == 1
    assert found["by_class"]["can"]["J@Any"] == 0.5 and set(found["by_class"]) == {"can", "mug"}
    assert found["by_type"]["absent"]["J@1"] is None


def test_ten_instructions_about_each_table_tell_no_more_than_one_where_all_go_the_same_way():
    assert figures(10 * VERDICTS)["intervals"] == figures(VERDICTS)["intervals"]


def test_swapped_words_must_move_the_grasp():
    mug, can = Verdict("name", 1, 1, 1.0, target=1, landed=1), Verdict("name", 1, 1, 1.0, target=2, landed=2)
    stays = replace(can, landed=1)
    assert swapping([[mug, can]]) == {"swap": 1.0, "swaps": 2, "swap_interval": wilson([True])}
    assert swapping([[mug, stays]])["swap"] == 0 and swapping([[mug, stays]])["swaps"] == 1  # wrong at first: no swap
    assert swapping([[mug, mug], [can], [Verdict("absent", 0, 0, 0.0)]])["swap"] is None


def test_who_does_not_listen_is_found_out_by_words_about_another_picture(files, network, monkeypatch):
    scenes = TabletopScenes(files / "data/val", CONFIG)
    told = []
    monkeypatch.setattr(verdicts, "answer", lambda n, scene, texts: told.append(texts) or true_answer(n, scene, texts))
    assert shuffling(network, scenes)["shuffled"] == 1
    assert set(told[0]) <= {i.text for i in scenes[1].instructions}


def test_words_about_another_picture_are_about_another_table_and_need_a_choice(files, network, monkeypatch):
    first, *others = TabletopScenes(files / "data/val", CONFIG)
    lonely = replace(first, instances=np.where(first.instances == first.instances.max(), first.instances, 0))
    told = []
    monkeypatch.setattr(verdicts, "answer", lambda n, scene, texts: told.append(texts) or true_answer(n, scene, texts))
    shuffling(network, [first, replace(first, name="again"), *others, lonely])
    assert len(told) == 4 and set(told[0]) <= {i.text for i in others[0].instructions}


def test_presence_is_judged_by_rank():
    assert auroc([0.9, 0.8], [0.1]) == 1 and auroc([0.2], [0.2]) == 0.5 and auroc([0.1, 0.9], [0.5]) == 0.5
    assert auroc([], [0.1]) is None


def test_things_without_a_labelled_grasp_are_counted(files, network):
    scene = TabletopScenes(files / "data/val", CONFIG)[0]
    one = next(i for i in scene.instructions if i.match == 1)
    bare = replace(scene, grasps={**scene.grasps, one.targets[0]: []}, instructions=[one])
    verdicts = judge(network, bare, FRAME)
    assert (verdicts[0].rank, verdicts[0].legacy_rank, verdicts[0].graspable) == (math.inf, math.inf, False)
    report = {"checkpoint": "x", "data": "y", "split": "", "published": {}, **figures(verdicts), **swapping([verdicts])}
    assert "1 of 1 single things have no labelled grasp: J@N cannot be above 0.0" in describe(report)


def test_best_and_worst_are_told_apart():
    def single(iou, rank):
        return Verdict("name", 1, 1, iou, rank=rank)

    verdicts = [
        [single(0.9, 0), single(0.1, math.inf)],
        [Verdict("absent", 0, 0, 1.0), single(0.8, 3)],
        [single(0.5, 0)],
        [],
    ]
    chosen = choose(verdicts)
    assert chosen["Best"] == [(0, 0), (2, 0), (1, 1)]
    assert chosen["Worst"] == [(0, 1), (1, 1), (2, 0)]
    assert sorted(chosen["Random"]) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]


def evaluate(files, *arguments, checkpoint="tiny.safetensors"):
    fixed = ["--checkpoint", str(files / checkpoint), "--device", "cpu", "--out", str(files / "out")]
    return main(["evaluate", *map(str, arguments), *fixed])


def test_table_json_and_pictures(files, capsys):
    assert evaluate(files, "--data", files / "data", "--split", "val") == 0
    told = capsys.readouterr().out
    assert "this checkpoint, CROG's metric" in told and "LGGD, OCID-VLG multiple" in told and "85.4" in told
    assert "by type of instruction" in told and "attribute" in told and "disc" in told
    report = json.loads((files / "out/figures.json").read_text())
    assert report["split"] == "val" and set(report["by_class"]) <= {"disc", "bar"}
    page = (files / "out/pictures.html").read_text()
    assert all(heading in page for heading in ("Best", "Worst", "Random"))
    assert page.count("data:image/jpeg") >= 9 and "pick up the" in page


def test_ocid_vlg_stands_beside_the_paper(files, capsys):
    assert evaluate(files, "--data", files / "ocid", "--split", "multiple/test") == 0
    told = capsys.readouterr().out
    assert "1 instructions" in told and "CROG, OCID-VLG multiple" in told and "cereal box" in told
    assert "96.9" in told


def without(file):
    return lambda root: (root / file).unlink()


def truncated(file, length=60):
    return lambda root: (root / file).write_bytes((root / file).read_bytes()[:length])


EXPRESSIONS = "ocid/refer/multiple/test_expressions.json"
OCID = ("--data", "ocid", "--split", "multiple/test")
VAL = ("--data", "data/val")


@pytest.mark.parametrize(
    ("damage", "arguments", "said"),
    [
        (None, ("--data", "nowhere"), "nowhere' does not exist"),
        (None, ("--data", "tiny.safetensors"), "is a file"),
        (None, ("--data", "data", "--split", "nowhere"), "has no split 'nowhere'; it has val"),
        (None, ("--data", "data"), "has no split ''; it has val"),
        (without("data/val/scene_000001/scene.json"), VAL, "holds 2 of 3 scenes; finish it with 'lggd generate"),
        (truncated("data/val/manifest.json", 10), VAL, "manifest.json' is not valid JSON"),
        (None, ("--data", "ocid", "--split", "multiple/tst"), "no split 'multiple/tst'"),
        (None, ("--data", "ocid", "--split", "unique/test"), "unique/test_expressions.json' is missing"),
        (None, ("--data", "ocid/refer"), "only a part of OCID-VLG"),
        (without("ocid/ARID20/seq01/rgb/one.png"), OCID, "rgb/one.png"),
        (truncated("ocid/ARID20/seq01/rgb/one.png"), OCID, "cut off"),
        (truncated(EXPRESSIONS), OCID, "test_expressions.json' is not valid JSON"),
        (truncated("data/val/scene_000001/scene.json"), VAL, "scene_000001/scene.json' is not valid JSON"),
        (without("data/val/scene_000001/instances.png"), VAL, "scene_000001/instances.png' is missing"),
        (truncated("tiny.safetensors"), VAL, "no readable safetensors file"),
        (without("tiny.safetensors"), VAL, "tiny.safetensors' does not exist"),
        (lambda root: (root / "out").write_text("mine"), VAL, "File exists"),
    ],
)
def test_bad_input_is_one_sentence(files, tmp_path, capsys, damage, arguments, said):
    root = tmp_path / "copy"
    shutil.copytree(files, root, ignore=shutil.ignore_patterns("out"))
    if damage:
        damage(root)
    option, data, *rest = arguments
    assert evaluate(root, option, root / data, *rest) == 2
    told = capsys.readouterr()
    error = [line for line in told.err.splitlines() if line.startswith("lggd evaluate: ")]
    assert len(error) == 1 and said in error[0]
    assert "Traceback" not in told.err and not told.out
    assert not (root / "out/figures.json").exists()


def test_a_checkpoint_of_something_else_is_named(files, capsys):
    save_file({"weight": torch.zeros(2)}, files / "other.safetensors")
    assert evaluate(files, "--data", files / "data/val", checkpoint="other.safetensors") == 2
    assert "other.safetensors' is no LGGD checkpoint" in capsys.readouterr().err
