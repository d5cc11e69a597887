"""Exported files in onnxruntime: the network's answers at every batch size, and one sentence for a wrong checkpoint."""

import json
import math

import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession

import lggd_ros.export
from lggd_ros.cli import main
from lggd_ros.export import ANSWERED, OPSET, answer, difference
from lggd_ros.network import LGGD, LGGDConfig, save_checkpoint

SIZES = {
    "image_size": (64, 96),
    "image_width": 8,
    "image_layers": (1, 1, 1, 1),
    "embed_dim": 32,
    "context_length": 12,
    "text_width": 32,
    "text_heads": 2,
    "text_layers": 1,
    "fusion_width": 32,
    "fusion_heads": 2,
    "fusion_hidden": 32,
    "fusion_depth": 1,
    "skip_widths": (8, 8, 8),
    "decoder_widths": (16, 16, 16),
    "head_width": 8,
    "refine_widths": (8, 8, 8, 8),
}
TEXTS = ["the mug", "pick up the small red bowl left of the yellow banana over there", "can", "the blue box", "it"]


NETWORKS = {
    "tabletop": LGGDConfig.tabletop().with_(**SIZES),
    "rn50": LGGDConfig.rn50(None).with_(**SIZES),
    "rn50 without any part": LGGDConfig.rn50(None).with_(**SIZES | {"parts": ()}),
}


def noise(network, batch):
    return torch.rand(batch, network.config.channels, *network.config.input_size)


@pytest.fixture(scope="module", params=NETWORKS)
def network(request):
    """Random weights, so large that every part, the sentence included, shows in the answer."""
    torch.manual_seed(0)
    network = LGGD(NETWORKS[request.param])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += (0.3 if parameter.ndim == 1 else 0.05) * torch.randn_like(parameter)
        for parameter in network.head.parameters():
            parameter *= 5
        if network.config.things:
            network.close_up.larger.weight *= 0.01  # sizes are of the order of one, and compared sharply
        network(noise(network, 8), network.tokenize(TEXTS[:4] * 2))  # batch statistics
    return network.eval()


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    root = tmp_path_factory.mktemp("export")
    save_checkpoint(root / "net.safetensors", network, {"metrics": {"IoU": 0.5}}, half=False)
    assert main(["export", "--checkpoint", str(root / "net.safetensors"), "--out", str(root / "onnx")]) == 0
    return root / "onnx"


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_onnxruntime_answers_as_torch_does(network, exported, batch):
    tokens, image = network.tokenize(TEXTS[:batch]), noise(network, batch)
    with torch.inference_mode():
        output = network(image, tokens)
    maps, match = answer(exported, tokens.numpy(), image.numpy())
    np.testing.assert_allclose(maps, output.maps.numpy(), atol=1e-3, rtol=0)
    np.testing.assert_allclose(match, output.match.softmax(-1).numpy(), atol=1e-3, rtol=0)


def test_an_export_of_other_weights_is_told_apart(network, exported):
    assert difference(network, exported, 2) < 1e-3
    torch.manual_seed(1)
    other = LGGD(network.config).eval()
    assert difference(other, exported, 2) > 1e-2


def test_files_are_valid_and_the_text_encoder_stands_alone(exported):
    for name in ("text.onnx", "grasp.onnx"):
        model = onnx.load(exported / name)
        onnx.checker.check_model(model, full_check=True)
        assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", OPSET)]
    text, grasp = (InferenceSession(exported / name) for name in ("text.onnx", "grasp.onnx"))
    assert [value.name for value in text.get_inputs()] == ["tokens"]
    features = [(value.name, value.type) for value in text.get_outputs()]
    assert [(value.name, value.type) for value in grasp.get_inputs()[1:]] == features


def test_the_description_tells_how_to_feed_and_read(network, exported):
    about = json.loads((exported / "lggd.json").read_text())
    assert about["config"]["context_length"] == about["tokens"]["length"] == 12
    assert about["image"]["size"] == list(network.config.input_size) and about["maps"]["names"] == list(ANSWERED)
    ((sentence, tokens),) = about["tokens"]["example"].items()
    assert network.tokenize([sentence])[0].tolist() == tokens
    assert about["checkpoint"]["about"]["metrics"]["IoU"] == 0.5


@pytest.mark.parametrize("content", [None, b"", b"no checkpoint at all"])
def test_a_wrong_checkpoint_is_one_sentence(tmp_path, capsys, content):
    file = tmp_path / "wrong.safetensors"
    if content is not None:
        file.write_bytes(content)
    assert main(["export", "--checkpoint", str(file), "--out", str(tmp_path / "onnx")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("lggd export: ") and "wrong.safetensors" in error and error.count("\n") == 1
    assert not (tmp_path / "onnx").exists()


def test_a_file_in_place_of_the_folder_is_named(network, tmp_path, capsys):
    save_checkpoint(tmp_path / "net.safetensors", network, {})
    (tmp_path / "onnx").touch()
    assert main(["export", "--checkpoint", str(tmp_path / "net.safetensors"), "--out", str(tmp_path / "onnx")]) == 2
    assert str(tmp_path / "onnx") in capsys.readouterr().err


@pytest.mark.parametrize("apart", [2e-3, math.nan])
def test_answers_too_far_apart_are_an_error(network, tmp_path, capsys, monkeypatch, apart):
    """The comparison itself is tested above, on real files."""
    monkeypatch.setattr(lggd_ros.export, "_write", lambda *_: None)
    monkeypatch.setattr(lggd_ros.export, "difference", lambda network, folder, batch: apart)
    save_checkpoint(tmp_path / "net.safetensors", network, {})
    assert main(["export", "--checkpoint", str(tmp_path / "net.safetensors"), "--out", str(tmp_path / "onnx")]) == 2
    assert f"by {apart:.1e}, more than 0.001; do not use" in capsys.readouterr().err
