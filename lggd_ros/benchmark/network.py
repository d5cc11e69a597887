"""``lggd benchmark network``: how large LGGD is, and how long each stage takes, on this machine.

Weights are random unless a checkpoint is given; time does not depend on them. What they make of noise would leave
nothing to decode, though, so decoding reads painted answers: one thing, five grasps.

Stages are measured one by one, with a wait after each. The whole waits at its end only, and is what ``lggd detect`` and
the perception node do; on CUDA it is one graph, hence less than the sum of its stages.
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
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lggd_ros.detector import Detection, GraspDetector, checkpoint_path, choose_device
from lggd_ros.engine import Answer, encode
from lggd_ros.grasps.maps import paint
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network import LGGD, CheckpointError, LGGDConfig, load_checkpoint
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


def benchmark_network(
    config: str, device: str = "auto", passes: int = 50, checkpoint: str | Path | None = None
) -> dict:
    """Size of a preset, ``rn50`` or ``tabletop``, and milliseconds per stage and batch over ``passes`` passes.

    ``checkpoint``: a file or name in models/ whose weights are used; random ones without. Raises ValueError where the
    device is not there or fewer than one pass is asked for, CheckpointError where the checkpoint is none of the preset.
    """
    if passes < 1:
        raise ValueError(f"passes is {passes}; ask for at least one")
    chosen = choose_device(device)
    network = random_network(config) if checkpoint is None else trained_network(config, checkpoint)
    size, detector = measure_size(network), GraspDetector(network, chosen)
    return {
        "config": config,
        "checkpoint": None if checkpoint is None else str(checkpoint),
        "device": str(chosen),
        "machine": machine(chosen),
        "precision": str(detector.engine.dtype).removeprefix("torch."),
        "passes": passes,
        "size": asdict(size),
        "milliseconds": {str(batch): Bench(detector, batch).measure(passes) for batch in BATCHES},
        "paper": PAPER if config == "rn50" else None,
    }


def random_network(config: str) -> LGGD:
    """A preset with random weights, always the same."""
    torch.manual_seed(0)
    return LGGD(NETWORKS[config]().with_(pretrained=None)).eval()


def trained_network(config: str, checkpoint: str | Path) -> LGGD:
    """A preset with a checkpoint's weights, whatever words it knows. Raises CheckpointError where the checkpoint holds
    another network."""
    network = load_checkpoint(checkpoint_path(checkpoint)).network
    preset = NETWORKS[config]().with_(pretrained=None, vocabulary=network.config.vocabulary)
    expected, found = asdict(preset), asdict(network.config)
    differing = [name for name in expected if expected[name] != found[name]]
    if differing:
        raise CheckpointError(
            f"checkpoint '{checkpoint}' is no {config} network: {differing[0]} is {found[differing[0]]}, not "
            f"{expected[differing[0]]}; give its own --config, or leave --checkpoint out"
        )
    return network


def measure_size(network: LGGD) -> Size:
    """Parameters and floating-point operations at batch 1, the text encoder included.

    Attention is counted written out: the counter does not know torch's fused kernels on a CPU.
    """
    parameters = list(network.parameters())
    trainable = sum(p.numel() for p in parameters if p.requires_grad)
    config = network.config
    image, tokens = torch.zeros(1, config.channels, *config.input_size), network.tokenize(["the red mug"])
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

    def __init__(self, detector: GraspDetector, batch: int) -> None:
        self._detector, self._engine = detector, detector.engine
        rng = np.random.default_rng(0)
        self._images = list(rng.integers(0, 255, (batch, *CAMERA, 3), np.uint8))
        self._depths = list(rng.integers(600, 610, (batch, *CAMERA), np.uint16))
        self._texts = tuple(f"pick up the red mug left of can {number}" for number in range(batch))
        self._box = detector.letterbox(self._images[0])
        self._answer = painted(self._engine.network.config, batch, self._engine.device)

    @torch.inference_mode()
    def measure(self, passes: int) -> dict[str, dict[str, float]]:
        """Median and 95th percentile in milliseconds per stage, and of a whole pass that waits at its end only."""
        times = [self.staged() | {WHOLE: self.whole()} for _ in range(WARM_UP + passes)][WARM_UP:]
        return {stage: summary([1e3 * row[stage] for row in times]) for stage in (*STAGES, WHOLE)}

    def staged(self) -> dict[str, float]:
        """Seconds per stage of one pass."""
        network, watch = self._engine.network, Stopwatch(self._engine.device)
        pixels = self._engine.prepare(self._images, self._box, self._depths)
        watch.mark("preprocess")
        view = network.encode_image(pixels)
        watch.mark("image encoder")
        sentences = encode(network, self._texts)
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

    def whole(self) -> float:
        """Seconds from camera images to grasps, as ``GraspDetector.detect`` goes when it knows the sentence."""
        sentences = self._engine.sentences(self._texts)
        watch = Stopwatch(self._engine.device)
        self._engine.compute(self._engine.prepare(self._images, self._box, self._depths), sentences)
        self.decode()
        watch.mark(WHOLE)
        return watch.seconds[WHOLE]

    def decode(self) -> list[Detection]:
        """The painted answers as the detector reads them.

        Copying them off the device waits for everything that was asked of it before.
        """
        answers = zip(self._texts, *(part.cpu().numpy() for part in self._answer), strict=True)
        return [self._detector.read(text, maps, match, self._box, TOP_K) for text, maps, match in answers]


def painted(config: LGGDConfig, batch: int, device: torch.device) -> Answer:
    """``Engine.compute``'s answer to ``batch`` images that each show a bar in their middle with five grasps."""
    height, width = config.map_size
    centre, half = height / 2, (height // 16, width // 6)
    places = np.linspace(-0.8, 0.8, TOP_K) * half[1] + width / 2
    grasps = [PlanarGrasp(x, centre, np.pi / 2, 3 * half[0], half[0], 0.9) for x in places]
    maps = paint(grasps, config.map_size, config.opening_scale)
    mask = np.zeros(config.map_size, np.float32)
    mask[height // 2 - half[0] : height // 2 + half[0], width // 2 - half[1] : width // 2 + half[1]] = 1
    answer = torch.from_numpy(np.stack([mask, maps.quality, maps.sin2, maps.cos2, maps.width, mask])).to(device)
    return answer.repeat(batch, 1, 1, 1), torch.tensor([0.0, 1.0, 0.0], device=device).repeat(batch, 1)


def machine(device: torch.device) -> dict[str, str | float]:
    """What the figures were measured on."""
    about: dict[str, str | float] = {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
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
    where += f", load {about['load']} before"
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
