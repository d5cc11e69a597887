"""The training path on a tiny fixture: it over-fits, and goes on where it stopped."""

import json
from tempfile import TemporaryDirectory

import pytest
import torch
from safetensors.torch import save_file
from shapes import SETTINGS, write_shapes

from lggd_ros.data.files import DataError
from lggd_ros.network import load_checkpoint
from lggd_ros.network.lggd import THINGS
from lggd_ros.training.config import TrainConfig
from lggd_ros.training.evaluate import evaluate
from lggd_ros.training.run import _stream
from lggd_ros.training.schedule import Progress, Schedule, Stage
from lggd_ros.training.train import _enter, train


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Two scenes, the same ones for training and validation: what is asked for is over-fitting."""
    root = tmp_path_factory.mktemp("shapes")
    write_shapes(root / "train", 2)
    write_shapes(root / "val", 2)
    return root


def settings(**changes):
    return TrainConfig(**{**SETTINGS, **changes})


def schedule(**changes):
    config = settings(**changes)
    return Schedule(config, config.max_steps)


def same_matrices(first, second):
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return [torch.allclose(one, other, atol=1e-3) for one, other in pairs if one.ndim > 1]


def test_overfits_a_tiny_fixture(shapes, tmp_path):
    results = train(settings(max_steps=480, augment=False), shapes, tmp_path)
    assert results["IoU"] > 0.8
    assert results["J@1"] == 1
    assert results["match_accuracy"] == 1
    again = evaluate(tmp_path / "best.safetensors", shapes / "val", device="cpu")
    assert again["J@1"] == 1 and again["by_type"]["absent"]["absent_called_found"] == 0
    assert {"last.safetensors", "losses.csv", "validation.csv"} <= {f.name for f in tmp_path.iterdir()}
    assert (tmp_path / "examples/step_000480.png").stat().st_size > 1000
    assert list((tmp_path / "tensorboard").glob("events*"))
    assert json.loads((tmp_path / "metrics.json").read_text())["J@1"] == 1


def test_things_are_learnt_first_and_stay_as_they_are(shapes, tmp_path, monkeypatch):
    known = {}

    def enter(run, stage):
        known[stage] = {name: value.clone() for name, value in run.network.state_dict().items()}
        _enter(run, stage)

    monkeypatch.setattr("lggd_ros.training.train._enter", enter)
    stages = {"label_share": 0.25, "label_images": 3, "thing_share": 0.25, "thing_images": 2}
    results = train(settings(max_steps=8, **stages), shapes, tmp_path)
    assert list(known) == list(Stage)
    learnt = [name for name, value in known[Stage.LABELS].items() if not torch.equal(value, known[Stage.THINGS][name])]
    assert {name.split(".")[0] for name in learnt} == {"close_up", "comparing", "text_encoder", "referring", "holding"}
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    after = state["objective"]
    known = known[Stage.ANSWERS]
    moved = {name.split(".")[0] for name, value in known.items() if not torch.equal(value, after[f"network.{name}"])}
    assert not moved & {"finder", "close_up", "text_encoder", "referring", "match"}
    assert {"image_encoder", "fusion", "upsampling", "head"} <= moved
    assert (
        state["progress"]["stage_start"] == 4
        and state["progress"]["stage"] == "answers"
        and results["instructions"] > 0
    )


def test_what_is_settled_never_changes(shapes, tmp_path):
    train(settings(max_steps=1), shapes, tmp_path / "first")
    first, settled = tmp_path / "first/last.safetensors", ["finder", "text_encoder", "holding.words"]
    train(settings(max_steps=2, thing_share=1.0, start_from=str(first), settled=settled), shapes, tmp_path / "second")
    before, after = (load_checkpoint(path).network for path in (first, tmp_path / "second/last.safetensors"))
    moved = {name for name, value in before.state_dict().items() if not torch.equal(value, after.state_dict()[name])}
    assert not [name for name in moved if name.startswith(tuple(settled))]
    assert {name.split(".")[0] for name in moved} == {"close_up", "comparing", "referring", "match", "holding"}


def test_where_all_things_are_settled_masks_and_grasps_learn_alone(shapes, tmp_path, monkeypatch):
    monkeypatch.setattr("lggd_ros.training.train.LOG_EVERY", 1)
    train(settings(max_steps=1), shapes, tmp_path / "first")
    first = tmp_path / "first/last.safetensors"
    train(settings(max_steps=2, start_from=str(first), settled=[*THINGS]), shapes, tmp_path / "second")
    before, after = (load_checkpoint(path).network for path in (first, tmp_path / "second/last.safetensors"))
    moved = {name for name, value in before.state_dict().items() if not torch.equal(value, after.state_dict()[name])}
    assert {name.split(".")[0] for name in moved} >= {"image_encoder", "fusion", "head"}
    assert not [name for name in moved if name.startswith(THINGS)]
    learnt = (tmp_path / "second/losses.csv").read_text().splitlines()[0]
    assert "grasp" in learnt and "labels" not in learnt


def test_what_cannot_be_settled_is_said(shapes, tmp_path):
    with pytest.raises(ValueError, match="no module 'holding.hand'; it has image_encoder, "):
        train(settings(max_steps=1, settled=["holding.hand"]), shapes, tmp_path)


def test_training_goes_on_from_the_weights_that_fit(shapes, tmp_path):
    train(settings(max_steps=1), shapes, tmp_path / "first")
    first = tmp_path / "first/last.safetensors"
    changes = {**SETTINGS["changes"], "head_width": 12}
    again = settings(max_steps=1, seed=1, learning_rate=1e-9, start_from=str(first), changes=changes)
    train(again, shapes, tmp_path / "second")
    before, after = (load_checkpoint(path).network for path in (first, tmp_path / "second/last.safetensors"))
    for name, weight in before.match.named_parameters():
        assert torch.allclose(weight, after.match.get_parameter(name), atol=1e-3)
    assert {"pick", "up", "red"} <= set(after.config.vocabulary)
    assert before.head.widen.shape != after.head.widen.shape


def test_training_goes_on_from_some_modules_only(shapes, tmp_path):
    train(settings(max_steps=1), shapes, tmp_path / "first")
    first = tmp_path / "first/last.safetensors"
    taken = {"start_from": str(first), "start_modules": ["text_encoder"]}
    train(settings(max_steps=1, seed=1, learning_rate=1e-9, **taken), shapes, tmp_path / "second")
    before, after = (load_checkpoint(path).network for path in (first, tmp_path / "second/last.safetensors"))
    assert all(same_matrices(before.text_encoder, after.text_encoder))
    assert not any(same_matrices(before.image_encoder, after.image_encoder))
    with pytest.raises(ValueError, match="no module 'eyes'; it has image_encoder, "):
        train(settings(max_steps=1, start_from=str(first), start_modules=["eyes"]), shapes, tmp_path / "third")


def test_weights_of_another_kind_are_not_gone_on_from(shapes, tmp_path):
    save_file({"encoder.weight": torch.ones(2, 2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"other.safetensors' is of another network: 0 of 1 tensors fit"):
        train(settings(max_steps=1, start_from=str(tmp_path / "other.safetensors")), shapes, tmp_path)


def test_nothing_to_go_on_from_is_said(shapes, tmp_path):
    with pytest.raises(ValueError, match=r"'gone.safetensors' does not exist"):
        train(settings(max_steps=1, start_from="gone.safetensors"), shapes, tmp_path)


def test_warm_up_starts_again_with_a_stage():
    rate = schedule(max_steps=1000, warmup_steps=100).learning_rate
    late, again = (rate(Progress(step=500, stage_start=start)) for start in (0, 500))
    assert again == pytest.approx(0.1 * late)


def test_learning_rate_warms_up_and_falls_to_zero():
    plan = schedule(max_steps=1000, warmup_steps=100, learning_rate=1e-3)
    rates = [plan.learning_rate(Progress(step=step)) for step in (0, 100, 550, 1000)]
    assert rates[0] == pytest.approx(1e-4)
    assert rates[1] > 0.9e-3 > rates[2] > 0
    assert rates[3] == pytest.approx(0, abs=1e-12)


def test_every_stage_has_a_cosine_of_its_own():
    plan = schedule(max_steps=1000, warmup_steps=1, label_share=0.2, thing_share=0.4, learning_rate=1e-3)
    steps = ((0, 100), (0, 200 - 1e-9), (200, 400), (200, 600 - 1e-9), (600, 601), (600, 1000))
    rates = [plan.learning_rate(Progress(step=step, stage_start=start)) for start, step in steps]
    assert rates == pytest.approx([5e-4, 0, 5e-4, 0, 1e-3, 0], rel=1e-4, abs=1e-9)


def test_stages_follow_each_other_and_may_be_left_out():
    def stages(**shares):
        plan = schedule(max_steps=8, **shares)
        return [plan.stage(Progress(step=step)) for step in range(9)]

    labels, things, answers = Stage
    assert stages(label_share=0.25, thing_share=0.5) == [labels] * 2 + [things] * 4 + [answers] * 3
    assert stages(thing_share=0.5) == [things] * 4 + [answers] * 5
    assert stages(thing_share=1.0) == [things] * 8 + [answers]
    assert stages() == [answers] * 9


def test_things_are_looked_at_where_they_are_found_in_ever_more_images():
    plan = schedule(max_steps=1200, label_share=1 / 6, thing_share=5 / 12)
    shares = [plan.found(Progress(step=step)) for step in (200, 300, 400, 500, 1200)]
    assert shares == pytest.approx([0, 0, 0.5, 1, 1])


def test_what_a_settled_finder_finds_is_looked_at_from_the_start():
    plan = schedule(label_share=0.25, thing_share=0.5, max_steps=800, settled=["finder"])
    assert plan.found(Progress(step=200)) == 1.0


def test_time_ends_the_schedule_too():
    assert schedule(max_steps=1000, max_minutes=2).share(Progress(step=10, seconds=90)) == 0.75


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speed: 3", "speed"),
        ("network: huge", "huge"),
        ("images: 0", "images"),
        ("a: [", "YAML"),
        ("thing_share: 1.1", "thing_share"),
        ("{thing_share: 0.7, label_share: 0.4, max_steps: 9}", "at most 1"),
        ("beta2: 1", "beta2"),
        ("emphasis: {relation: 0}", "emphasis"),
        ("epochs: 3\ncrowded: true", "crowded goes with max_steps"),
        ("learning_rate: 1e-4", "learning_rate is '1e-4'; it must be float"),
        ("images: true", "images is True"),
        ("epochs: 3\nmax_steps: 10", "give one of the two"),
        ("images: 4", "give one of the two"),
        ("network: rn50\nepochs: 3\nthing_share: 0.5", "thing_share"),
        ("epochs: 3\nchanges: {experts: 4, expert: 3}", "a network has no 'expert'"),
        ("epochs: 3\nchanges: {image_size: 64}", "changes"),
        ("epochs: 3\nchanges: {experts: many}", "experts is 'many'; it must be int"),
        ("just words", "no settings"),
    ],
)
def test_wrong_settings_are_named(tmp_path, text, said):
    (tmp_path / "train.yaml").write_text(text)
    with pytest.raises(ValueError, match=said):
        TrainConfig.read(tmp_path / "train.yaml")


def test_settings_can_stand_in_for_the_files():
    config = TrainConfig.read("config/train_tabletop.yaml", "{max_minutes: 5, changes: {parts: [dcvlf]}}")
    assert (config.network, config.max_minutes, config.network_config.parts) == ("tabletop", 5, ("dcvlf",))
    with pytest.raises(ValueError, match=r"'speed: 3' has unknown settings \(speed\)"):
        TrainConfig.read("config/train_tabletop.yaml", "speed: 3")


@pytest.mark.parametrize("name", ["train_tabletop", "ablation_tabletop"])
def test_the_shipped_settings_are_valid(name):
    assert TrainConfig.read(f"config/{name}.yaml").network == "tabletop"


@pytest.mark.parametrize("name", ["ocid_vlg", "grasp_anything"])
def test_the_papers_schedule(name):
    config = TrainConfig.read(f"config/train_{name}.yaml")
    assert (config.network, config.images * config.instructions, config.epochs) == ("rn50", 72, 50)
    assert (config.learning_rate, config.weight_decay, config.warmup_steps) == (1e-4, 0.06, 2000)
    plan = Schedule(config, steps=43_904)  # 50 epochs of OCID-VLG's 63,221 samples
    rates = [plan.learning_rate(Progress(step=step)) for step in (0, 2000, 43_904)]
    assert rates == pytest.approx([1e-5, 1e-4, 0], rel=0.01, abs=1e-12)


def test_changes_of_the_network_come_from_the_file(tmp_path):
    (tmp_path / "train.yaml").write_text(
        "{network: rn50, max_steps: 1, changes: {pretrained: null, parts: [dcvlf], image_size: [64, 64]}}"
    )
    network = TrainConfig.read(tmp_path / "train.yaml").network_config
    assert (network.pretrained, network.parts, network.image_size) == (None, ("dcvlf",), (64, 64))


def test_the_decoder_of_rn50_overfits(tmp_path):
    """The paper's network but for the size of its image; its frozen encoders are random, no weights being at hand.

    A red bar, a green disc and something absent: all that the scene tells is in every batch, so that the statistics of
    batch normalisation settle soon.
    """
    for split in ("train", "val"):
        write_shapes(tmp_path / split, 1, seed=4, things=2, size=2.0)
    network = {"network": "rn50", "changes": {"pretrained": None, "image_size": [64, 96]}}
    batch = {"images": 1, "instructions": 3, "augment": False, "max_steps": 80, "warmup_steps": 10}
    with TemporaryDirectory(dir=tmp_path) as run:  # 2 GB, which pytest would keep
        results = train(settings(**network, **batch, learning_rate=8e-4), tmp_path, run)
    assert results["instructions"] == 3
    assert results["IoU"] > 0.9 and results["J@1"] == 1


def test_crowded_scenes_are_drawn_more_often_where_the_data_tell_how_many_things_they_have():
    class Told(list):
        things = [1, 9]

    stream, _ = _stream(config := TrainConfig(max_steps=1, crowded=True), Told([None, None]), 1)
    assert stream.draws.weights.tolist() == [1, 9]
    Told.things = ()
    with pytest.raises(DataError, match="crowded"):
        _stream(config, Told([None, None]), 1)
