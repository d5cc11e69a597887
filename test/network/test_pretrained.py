"""CLIP weights from a file, written here by open_clip's own model with random weights; the hub is patched."""

import pickle

import pytest
import torch
from safetensors.torch import save_file
from test_lggd import TEXTS, tiny_config
from torch.nn import functional as F

from lggd_ros.network import LGGD, LGGDConfig, clip, load_checkpoint, save_checkpoint
from lggd_ros.network.files import sha256
from lggd_ros.network.pretrained import MODEL, open_clip  # itself wants torchvision_guard first

CONFIG = tiny_config(image_size=(64, 64), detail=1, relief=False, image_stride=32, causal=True, frozen=True)


def clip_of(config):
    """open_clip's model with towers of the configuration's sizes."""
    vision = {"image_size": 64, "layers": list(config.image_layers), "width": config.image_width, "patch_size": None}
    text = {"context_length": config.context_length, "width": config.text_width}
    text |= {"heads": config.text_heads, "layers": config.text_layers}
    return open_clip.CLIP(config.embed_dim, vision, text, quick_gelu=True).eval()


@pytest.fixture(scope="module")
def original():
    torch.manual_seed(0)
    model = clip_of(CONFIG)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    return model


@pytest.fixture
def file(original, tmp_path):
    path = tmp_path / "open_clip_model.safetensors"
    save_file({name: value.contiguous() for name, value in original.state_dict().items()}, path)
    return path


def network_from(path, digest=None):
    return LGGD(CONFIG.with_(pretrained=str(path), pretrained_sha256=digest or sha256(path))).eval()


def assert_encodes_as(network, original):
    tokens, image = network.tokenize(TEXTS), torch.rand(2, 3, 64, 64)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (clip.MEAN, clip.STD))
    with torch.no_grad():
        sentence = network.encode_text(tokens).sentence
        torch.testing.assert_close(F.normalize(sentence, dim=-1), original.encode_text(tokens, normalize=True))
        pyramid = network.image_encoder(network.standard(image))
        expected = original.visual.forward_intermediates((image - mean) / std)["image_intermediates"]
    for found, wanted in zip((pyramid.x0, pyramid.x1, pyramid.x2), expected[1:4], strict=True):
        torch.testing.assert_close(found, wanted)


def test_a_file_gives_open_clips_features(original, file):
    assert_encodes_as(network_from(file), original)


def test_a_pickled_training_checkpoint_gives_them_too(original, tmp_path):
    state = {f"module.{name}": value for name, value in original.state_dict().items()}
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "epoch_3.pt")
    assert_encodes_as(network_from(tmp_path / "epoch_3.pt"), original)


def test_a_tag_is_downloaded(original, file, monkeypatch):
    monkeypatch.setattr(open_clip, "download_pretrained", lambda source: str(file) if "hf_hub" in source else "")
    assert_encodes_as(LGGD(CONFIG.with_(pretrained="openai")).eval(), original)
    with pytest.raises(ValueError, match="pretrained_sha256 is 00"):
        LGGD(CONFIG.with_(pretrained="openai", pretrained_sha256="00"))


def test_the_presets_towers_take_open_clips_weights():
    """Names and shapes of the real model, without its 102 M values."""
    sizes = open_clip.get_model_config(MODEL)
    with torch.device("meta"):
        model = open_clip.CLIP(sizes["embed_dim"], sizes["vision_cfg"], sizes["text_cfg"], sizes["quick_gelu"])
        config = LGGDConfig.rn50(None)
        towers = {"visual.": clip.image_tower(config), "": clip.text_tower(config)}
    ours = {head + name: value.shape for head, tower in towers.items() for name, value in tower.state_dict().items()}
    assert ours | {"logit_scale": torch.Size([])} == {name: value.shape for name, value in model.state_dict().items()}


def test_a_checkpoint_needs_the_file_no_more(file, tmp_path):
    save_checkpoint(tmp_path / "net.safetensors", network_from(file), {})
    file.unlink()
    assert load_checkpoint(tmp_path / "net.safetensors").network.config.pretrained is None


def refusal(path, digest=None, config=CONFIG):
    digest = sha256(path) if digest is None and path.is_file() else digest
    with pytest.raises(ValueError) as caught:
        LGGD(config.with_(pretrained=str(path), pretrained_sha256=digest))
    sentence = str(caught.value)
    assert str(path) in sentence and "\n" not in sentence and len(sentence) < 500
    return sentence


def test_a_missing_file_and_an_unknown_tag(tmp_path):
    assert "neither a file nor a tag of open_clip (openai, " in refusal(tmp_path / "none.safetensors")


def test_a_file_of_another_hash_or_of_none(file):
    assert sha256(file) in refusal(file, "0" * 64)
    with pytest.raises(ValueError, match="pretrained_sha256 is None"):
        LGGD(CONFIG.with_(pretrained=str(file)))


def test_weights_of_other_sizes(file):
    sentence = refusal(file, config=CONFIG.with_(image_width=16))
    assert "do not fit" in sentence and "size mismatch" in sentence


def test_weights_of_another_network(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    assert "Missing key" in refusal(tmp_path / "other.safetensors")


@pytest.mark.parametrize("name", ["cut.safetensors", "cut.pt"])
def test_a_file_cut_off(file, original, name, tmp_path):
    torch.save(original.state_dict(), tmp_path / "whole.pt")
    whole = (file if name.endswith("safetensors") else tmp_path / "whole.pt").read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    assert "cannot be read" in refusal(tmp_path / name)


@pytest.mark.parametrize("content", [[torch.zeros(3)], "weights"])
def test_a_pickle_of_something_else(content, tmp_path):
    torch.save(content, tmp_path / "list.pt")
    assert "cannot be read" in refusal(tmp_path / "list.pt")


class Bomb:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return type(self.mark).touch, (self.mark,)


@pytest.mark.parametrize("write", [torch.save, lambda bomb, path: path.write_bytes(pickle.dumps(bomb))])
def test_code_in_a_pickle_is_not_run(write, tmp_path):
    write(Bomb(tmp_path / "mark"), tmp_path / "bomb.pt")
    assert "cannot be read" in refusal(tmp_path / "bomb.pt")
    assert not (tmp_path / "mark").exists()


def test_a_script_is_refused_and_the_remedy_named(tmp_path):
    """The form in which OpenAI publishes CLIP."""
    torch.jit.script(torch.nn.Linear(2, 2)).save(tmp_path / "RN50.pt")
    assert "holds code, as OpenAI's own does; use open_clip's safetensors" in refusal(tmp_path / "RN50.pt")


def test_a_hub_out_of_reach(monkeypatch):
    def unreachable(source):
        raise FileNotFoundError("Failed to download file (open_clip_model.safetensors)")

    monkeypatch.setattr(open_clip, "download_pretrained", unreachable)
    with pytest.raises(ValueError, match="'openai' cannot be downloaded .* name it as pretrained, with"):
        LGGD(CONFIG.with_(pretrained="openai"))
