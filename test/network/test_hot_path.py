"""What a CUDA graph asks of a forward pass, checked where there is no CUDA.

The pass runs on torch's "meta" device, which has shapes but no values: reading a value or a shape that depends on one
fails there, and an operator that answers on another device has made a tensor on the host.
"""

import pytest
import torch
from test_lggd import TEXTS, tiny_config
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lggd_ros.network import LGGD, LGGDConfig

CONFIGS = {
    "tabletop": tiny_config(),
    "rn50": LGGDConfig.rn50(None).with_(image_layers=(1, 1, 1, 1), text_layers=1, fusion_hidden=64),
}


class FromTheHost(TorchFunctionMode):
    """Lists the functions that copy numbers of Python's to the device, of which the dispatcher sees nothing."""

    def __init__(self):
        super().__init__()
        self.functions = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        copies = function in (torch.tensor, torch.as_tensor, torch.Tensor.new_tensor)
        self.functions += [function.__name__] if copies else []
        return function(*args, **(kwargs or {}))


class OffDevice(TorchDispatchMode):
    """Lists the operators that take or give tensors elsewhere than on the meta device."""

    def __init__(self):
        super().__init__()
        self.operators = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        answer = operator(*args, **(kwargs or {}))
        tensors = [x for x in tree_leaves((args, kwargs, answer)) if isinstance(x, torch.Tensor)]
        self.operators += [str(operator)] if any(x.device.type != "meta" for x in tensors) else []
        return answer


@pytest.mark.parametrize("name", CONFIGS)
def test_nothing_is_made_on_the_host_or_read_from_the_device(name):
    network = LGGD(CONFIGS[name]).eval()
    tokens = network.tokenize(TEXTS).to("meta")
    network.to("meta")
    with torch.inference_mode(), OffDevice() as found, FromTheHost() as copied:
        view = network.encode_image(torch.empty(2, network.config.channels, *network.config.input_size, device="meta"))
        output = network.answer(view, network.encode_text(tokens))
        output.maps  # noqa: B018
    assert found.operators == copied.functions == []


def test_the_check_sees_a_tensor_made_on_the_host_and_a_value_read():
    x = torch.empty(4, device="meta")
    with OffDevice() as found:
        x + torch.arange(4).to("meta")
    assert any("arange" in operator for operator in found.operators)
    with OffDevice(), pytest.raises(RuntimeError):
        x.max().item()
    with OffDevice(), pytest.raises(RuntimeError):
        x.nonzero()


def test_the_check_sees_numbers_that_are_copied_to_the_device():
    with FromTheHost() as copied:
        torch.empty(2, device="meta").new_tensor([1, 2])
        torch.tensor([1.0], device="meta")
    assert copied.functions == ["new_tensor", "tensor"]


def test_a_network_built_before_inference_can_be_trained_after_it():
    """A tensor made under inference mode and kept would refuse to be saved for the backward pass."""
    network = LGGD(tiny_config())
    image, tokens = torch.rand(2, 4, 128, 192), network.tokenize(TEXTS)
    with torch.inference_mode():
        network(image, tokens)
    network(image, tokens).refined.mean().backward()
    assert network.fusion.visual.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_a_network_of_half_precision_stays_so_and_answers_alike(kind):
    torch.manual_seed(0)
    network = LGGD(tiny_config()).eval()
    image, tokens = torch.rand(2, 4, 128, 192), network.tokenize(TEXTS)
    with torch.inference_mode():
        expected, found = network(image, tokens), network.to(kind)(image.to(kind), tokens)
    assert {x.dtype for x in found} == {kind}
    torch.testing.assert_close(found.refined.float(), expected.refined, atol=0.03, rtol=0.03)
