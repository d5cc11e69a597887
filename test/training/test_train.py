"""The training path on a tiny fixture: it over-fits, and goes on where it stopped."""

import json

import pytest
import torch
from shapes import write_shapes

from lggd_ros.network import LGGDConfig, load_checkpoint
from lggd_ros.training import config as training_config
from lggd_ros.training.config import TrainConfig
from lggd_ros.training.evaluate import evaluate
from lggd_ros.training.train import Progress, _start_decoder, learning_rate, train

TINY = {
    "image_size": (64, 96),
    "image_width": 16,
    "image_layers": (1, 1, 1, 1),
    "embed_dim": 64,
    "text_width": 32,
    "text_heads": 2,
    "text_layers": 1,
    "fusion_width": 64,
    "fusion_heads": 4,
    "fusion_hidden": 64,
    "fusion_depth": 1,
    "skip_widths": (16, 16, 16),
    "decoder_widths": (32, 32, 16),
    "head_width": 8,
    "refine_widths": (16, 16, 16, 16),
}
SETTINGS = {"images": 2, "instructions": 5, "warmup_steps": 20, "precision": "32-true", "learning_rate": 3e-3}


@pytest.fixture(autouse=True)
def tiny_network(monkeypatch):
    monkeypatch.setitem(training_config.NETWORKS, "tabletop", lambda: LGGDConfig.tabletop().with_(**TINY))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Two scenes, the same ones for training and validation: what is asked for is over-fitting."""
    root = tmp_path_factory.mktemp("shapes")
    write_shapes(root / "train", 2)
    write_shapes(root / "val", 2)
    return root


def settings(**changes):
    return TrainConfig(**{**SETTINGS, "validate_every": 1000, **changes})


def test_overfits_a_tiny_fixture(shapes, tmp_path, monkeypatch):
    monkeypatch.setattr("lggd_ros.training.train.Augmentation", lambda: lambda scene, rng: scene)
    results = train(settings(max_steps=200), shapes, tmp_path)
    assert results["IoU"] > 0.8
    assert results["J@1"] == 1
    assert results["match_accuracy"] == 1
    again = evaluate(tmp_path / "best.safetensors", shapes / "val", device="cpu")
    assert again["J@1"] == 1 and again["by_type"]["absent"]["absent_called_found"] == 0
    assert {"last.safetensors", "losses.csv", "validation.csv", "examples.png"} <= {f.name for f in tmp_path.iterdir()}
    assert json.loads((tmp_path / "metrics.json").read_text())["J@1"] == 1


def weights(run):
    return load_checkpoint(run / "last.safetensors").network.state_dict()


def test_resumed_run_equals_an_uninterrupted_one(shapes, tmp_path, monkeypatch):
    config = settings(max_steps=6, validate_every=3)
    train(config, shapes, tmp_path / "whole")
    with monkeypatch.context() as patch:
        share = Progress.share
        patch.setattr(Progress, "share", lambda self, config: 1.0 if self.step >= 3 else share(self, config))
        train(config, shapes, tmp_path / "parts")
    train(config, shapes, tmp_path / "parts")
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_the_decoder_joins_after_the_encoders(shapes, tmp_path):
    results = train(settings(max_steps=4, encoder_share=0.5, encoder_images=2), shapes, tmp_path)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    assert state["progress"]["stage_start"] == 2
    assert results["instructions"] > 0


def test_what_the_encoders_learnt_changes_at_its_own_rate(shapes, tmp_path, monkeypatch):
    taught = {}

    def start_decoder(run):
        taught.update({name: value.clone() for name, value in run.network.state_dict().items()})
        _start_decoder(run)

    monkeypatch.setattr("lggd_ros.training.train._start_decoder", start_decoder)
    train(settings(max_steps=4, encoder_share=0.5, encoder_images=2, taught_rate=0.0), shapes, tmp_path)
    after = torch.load(tmp_path / "state.pt", weights_only=True)["objective"]
    moved = {name.split(".")[0] for name, value in taught.items() if not torch.equal(value, after[f"network.{name}"])}
    assert "image_encoder" not in moved and {"text_encoder", "upsampling", "head"} <= moved


def test_warm_up_starts_again_with_the_decoder():
    config = settings(max_steps=1000, warmup_steps=100)
    late, again = (learning_rate(config, Progress(step=500, stage_start=start)) for start in (0, 500))
    assert again == pytest.approx(0.1 * late)


def test_learning_rate_warms_up_and_falls_to_zero():
    config = settings(max_steps=1000, warmup_steps=100)
    rates = [learning_rate(config, Progress(step=step)) for step in (0, 100, 550, 1000)]
    assert rates[0] == pytest.approx(0.1 * config.learning_rate)
    assert rates[1] > 0.9 * config.learning_rate > rates[2] > 0
    assert rates[3] == pytest.approx(0, abs=1e-12)


def test_time_ends_the_schedule_too():
    config = settings(max_steps=1000, max_minutes=2)
    assert Progress(step=10, seconds=90).share(config) == 0.75


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speed: 3", "speed"),
        ("network: huge", "huge"),
        ("images: 0", "images"),
        ("a: [", "YAML"),
        ("encoder_share: 1", "encoder_share"),
        ("emphasis: {relation: 0}", "emphasis"),
    ],
)
def test_wrong_settings_are_named(tmp_path, text, said):
    (tmp_path / "train.yaml").write_text(text)
    with pytest.raises(ValueError, match=said):
        TrainConfig.read(tmp_path / "train.yaml")


def test_the_shipped_settings_are_valid():
    assert TrainConfig.read("config/train_tabletop.yaml").network == "tabletop"
