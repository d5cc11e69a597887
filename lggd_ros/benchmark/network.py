"""``lggd benchmark network``: how large LGGD is, and how long each stage takes, on this machine.

Weights are random, for time does not depend on them. Random answers would leave nothing to decode, though, so decoding
reads painted ones: one thing, five grasps.
"""

from __future__ import annotations

import os
import platform
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lggd_ros.detector import LIKELY, SURE, Detection, GraspDetector, _main_component, _status, choose_device
from lggd_ros.grasps.letterbox import Letterbox
from lggd_ros.grasps.maps import paint
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network import LGGD, LGGDConfig, Output
from lggd_ros.training.config import NETWORKS

STAGES = ("preprocess", "image encoder", "text encoder", "fusion + decoder", "refinement", "decode")
WHOLE = "image to grasps, sentence cached"
BATCHES = (1, 8)
CAMERA = (480, 640)
TOP_K = 5
WARM_UP = 5
PAPER = {"parameters": 171.76e6, "trainable": 67.70e6, "flops": 289.21e9, WHOLE: 43.0}  # LGGD, table of costs; H100, ms


@dataclass(frozen=True)
class Size:
    """``parameters`` in all and ``trainable`` ones; ``flops`` of one image and sentence, a multiply-add being two."""

    parameters: int
    trainable: int
    flops: int


def benchmark_network(config: str, device: str = "auto", passes: int = 50) -> dict:
    """Size of a preset, ``rn50`` or ``tabletop``, and milliseconds per stage and batch over ``passes`` passes.

    Raises ValueError where the device is not there or fewer than one pass is asked for.
    """
    if passes < 1:
        raise ValueError(f"passes is {passes}; ask for at least one")
    chosen = choose_device(device)
    torch.manual_seed(0)
    network = LGGD(NETWORKS[config]().with_(pretrained=None)).eval()
    size = measure_size(network)
    bench = {batch: Bench(network, chosen, batch) for batch in BATCHES}
    return {
        "config": config,
        "device": str(chosen),
        "machine": machine(chosen),
        "precision": str(network.edges.weight.dtype).removeprefix("torch."),
        "passes": passes,
        "size": asdict(size),
        "milliseconds": {str(batch): bench[batch].measure(passes) for batch in BATCHES},
        "paper": PAPER if config == "rn50" else None,
    }


def measure_size(network: LGGD) -> Size:
    """Parameters and floating-point operations at batch 1, the text encoder included.

    Attention is counted written out: the counter does not know torch's fused kernels on a CPU.
    """
    parameters = list(network.parameters())
    trainable = sum(p.numel() for p in parameters if p.requires_grad)
    image, tokens = torch.zeros(1, 3, *network.config.image_size), network.tokenize(["the red mug"])
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network(image, tokens)
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    return Size(sum(p.numel() for p in parameters), trainable, counter.get_total_flops())


class Stopwatch:
    """Seconds per stage of one pass. Waits for the device at every mark, so that no stage hides in the next one."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.seconds: dict[str, float] = defaultdict(float)
        synchronise(device)
        self._last = time.perf_counter()

    def mark(self, stage: str) -> None:
        """What has passed since the last mark belongs to ``stage``."""
        synchronise(self._device)
        now = time.perf_counter()
        self.seconds[stage] += now - self._last
        self._last = now


class Bench:
    """``batch`` camera images (480, 640) with an instruction each, through a detector's steps."""

    def __init__(self, network: LGGD, device: torch.device, batch: int) -> None:
        self._network, self._device = network, device
        self._detector = GraspDetector(network, device)
        self._images = list(np.random.default_rng(0).integers(0, 255, (batch, *CAMERA, 3), np.uint8))
        self._texts = [f"pick up the red mug left of can {number}" for number in range(batch)]
        self._box = Letterbox(CAMERA, network.config.image_size)
        self._answer = painted(network.config, batch, network.edges.weight)

    @torch.inference_mode()
    def measure(self, passes: int) -> dict[str, dict[str, float]]:
        """Median and 95th percentile in milliseconds per stage, and of a whole pass that waits at its end only."""
        times = [self._staged() | {WHOLE: self._whole()} for _ in range(WARM_UP + passes)][WARM_UP:]
        return {stage: summary([1e3 * row[stage] for row in times]) for stage in (*STAGES, WHOLE)}

    def _staged(self) -> dict[str, float]:
        network, watch = self._network, Stopwatch(self._device)
        pixels = self._prepare()
        watch.mark("preprocess")
        view = network.encode_image(pixels)
        watch.mark("image encoder")
        sentences = network.encode_text(network.tokenize(self._texts))
        watch.mark("text encoder")
        hooks = (
            network.refinement.register_forward_pre_hook(lambda *_: watch.mark("fusion + decoder")),
            network.refinement.register_forward_hook(lambda *_: watch.mark("refinement")),
        )
        network.answer(view, sentences)
        watch.mark("fusion + decoder")
        for hook in hooks:
            hook.remove()
        self.decode()
        watch.mark("decode")
        return watch.seconds

    def _whole(self) -> float:
        sentences = self._network.encode_text(self._network.tokenize(self._texts))
        watch = Stopwatch(self._device)
        self._network.answer(self._network.encode_image(self._prepare()), sentences)
        self.decode()
        watch.mark(WHOLE)
        return watch.seconds[WHOLE]

    def _prepare(self) -> Tensor:
        """Camera images -> pixels (B, 3, H, W) on the device."""
        fitted = torch.from_numpy(np.stack([self._box.apply(image) for image in self._images]))
        return fitted.to(self._device).permute(0, 3, 1, 2).float() / 255

    def decode(self) -> list[Detection]:
        """The painted answers as ``GraspDetector.detect`` reads them.

        Copying them off the device waits for everything that was asked of it before.
        """
        maps, match = self._answer.maps.float().cpu().numpy(), self._answer.match.float().softmax(-1).cpu().numpy()
        return [self._read(*each) for each in zip(self._texts, maps, match, strict=True)]

    def _read(self, text: str, maps: np.ndarray, match: np.ndarray) -> Detection:
        box = self._box
        mask, inside = box.restore(maps[0]) > SURE, _main_component(maps[0])
        status = _status(match, maps[0], inside)
        mask = box.restore(np.where(inside, maps[0], 0)) > LIKELY
        return Detection(text, status, float(1 - match[0]), mask, self._detector._grasps(maps, inside, box, TOP_K))


def painted(config: LGGDConfig, batch: int, like: Tensor) -> Output:
    """The same answer ``batch`` times, of ``like``'s type and device: a bar in the picture's middle, five grasps."""
    height, width = config.map_size
    centre, half = height / 2, (height // 16, width // 6)
    places = np.linspace(-0.8, 0.8, TOP_K) * half[1] + width / 2
    grasps = [PlanarGrasp(x, centre, np.pi / 2, 3 * half[0], half[0], 0.9) for x in places]
    maps = paint(grasps, config.map_size, config.opening_scale)
    mask = np.zeros(config.map_size, np.float32)
    mask[height // 2 - half[0] : height // 2 + half[0], width // 2 - half[1] : width // 2 + half[1]] = 1
    shares = torch.from_numpy(np.stack([mask, maps.quality, maps.width])).logit(1e-3)
    angles = torch.from_numpy(np.stack([maps.sin2, maps.cos2])).clamp(-0.999, 0.999).atanh()
    logits = torch.stack([shares[0], shares[1], *angles, shares[2]]).to(like).expand(batch, -1, -1, -1)
    return Output(logits, logits, torch.tensor([0.0, 9.0, 0.0]).to(like).expand(batch, -1))


def machine(device: torch.device) -> dict[str, str | int]:
    """What the figures were measured on."""
    about: dict[str, str | int] = {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    if device.type == "cuda":
        about["gpu"] = torch.cuda.get_device_name(device)
    return about


def synchronise(device: torch.device) -> None:
    """Wait until the device has done what it was asked to; a CPU has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile, to the microsecond."""
    return {
        "median": round(float(np.median(milliseconds)), 3),
        "p95": round(float(np.percentile(milliseconds, 95)), 3),
    }


def describe(report: dict) -> str:
    """The report as a table for a terminal."""
    batches, paper = report["milliseconds"], report["paper"]
    rows = [_row("milliseconds per batch", [cell for batch in batches for cell in (f"batch {batch}", "p95")])]
    for stage in (*STAGES, WHOLE):
        rows.append(_row(stage, [f"{batches[b][stage][key]:.2f}" for b in batches for key in ("median", "p95")]))
    end = [f"the paper, on an H100 at batch 1: {paper[WHOLE]} ms"] if paper else []
    return "\n".join([*_head(report), *rows, *end])


def _head(report: dict) -> list[str]:
    about, size, paper = report["machine"], report["size"], report["paper"]
    where = f"{about['cpu']}, {about['cores']} cores, {about['threads']} threads, torch {about['torch']}"
    if "gpu" in about:
        where = f"{about['gpu']}; {where}"
    facts = [
        f"{size[name] / unit:.2f} {symbol} {name}" + (f" (paper: {paper[name] / unit:.2f})" if paper else "")
        for name, unit, symbol in (("parameters", 1e6, "M"), ("trainable", 1e6, "M"), ("flops", 1e9, "G"))
    ]
    how = f"{report['precision']}, median and 95th percentile of {report['passes']} passes"
    return [f"{report['config']} on {report['device']}: {where}", how, "; ".join(facts)]


def _row(name: str, cells: list[str]) -> str:
    return f"{name:<34}" + "".join(f"{cell:>10}" for cell in cells)


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
