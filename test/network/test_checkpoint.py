"""Checkpoints: round trip, and one clear sentence for every file that cannot be used."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from test_lggd import TEXTS, tiny_config

from lggd_ros.network import LGGD, CheckpointError, load_checkpoint, save_checkpoint
from lggd_ros.network.files import sha256


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return LGGD(tiny_config()).eval()


@pytest.fixture
def file(network, tmp_path):
    save_checkpoint(tmp_path / "net.safetensors", network, {"metrics": {"IoU": 0.5}}, half=False)
    return tmp_path / "net.safetensors"


def test_round_trip_is_exact(network, file):
    loaded = load_checkpoint(file)
    assert loaded.network.config == network.config
    assert loaded.about["metrics"]["IoU"] == 0.5
    image, tokens = torch.rand(1, 4, 128, 192), network.tokenize(TEXTS[:1])
    assert torch.equal(loaded.network(image, tokens).refined, network(image, tokens).refined)


def test_half_precision_halves_the_file_and_keeps_the_answer(network, file, tmp_path):
    save_checkpoint(tmp_path / "half.safetensors", network, {})
    assert (tmp_path / "half.safetensors").stat().st_size < 0.6 * file.stat().st_size
    image, tokens = torch.rand(1, 4, 128, 192), network.tokenize(TEXTS[:1])
    loaded = load_checkpoint(tmp_path / "half.safetensors").network
    torch.testing.assert_close(loaded(image, tokens).refined, network(image, tokens).refined, atol=0.02, rtol=0.02)


def test_missing_file(tmp_path):
    with pytest.raises(CheckpointError, match="does not exist"):
        load_checkpoint(tmp_path / "none.safetensors")


def test_truncated_file(file):
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="no readable safetensors"):
        load_checkpoint(file)


def test_file_of_another_kind(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="no LGGD checkpoint"):
        load_checkpoint(tmp_path / "other.safetensors")


def rewrite(file, change):
    """Save the file again with its header changed."""
    from safetensors import safe_open

    with safe_open(file, "pt") as opened:
        header = json.loads(opened.metadata()["lggd"])
    change(header)
    save_file(load_file(file), file, metadata={"lggd": json.dumps(header)})


def test_configuration_that_is_none(file):
    rewrite(file, lambda header: header.update(config=["rn50"]))
    with pytest.raises(CheckpointError, match="unknown configuration"):
        load_checkpoint(file)


def test_configuration_of_another_type(file):
    rewrite(file, lambda header: header["config"].update(head_width="wide"))
    with pytest.raises(CheckpointError, match="do not fit its configuration"):
        load_checkpoint(file)


def test_unknown_configuration(file):
    rewrite(file, lambda header: header["config"].update(wings=2))
    with pytest.raises(CheckpointError, match="wings"):
        load_checkpoint(file)


def test_weights_of_another_size(file):
    rewrite(file, lambda header: header["config"].update(head_width=16))
    with pytest.raises(CheckpointError, match="do not fit"):
        load_checkpoint(file)


def test_sha256_of_a_file(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
