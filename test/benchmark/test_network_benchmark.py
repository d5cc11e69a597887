"""``lggd benchmark network`` with a tiny network: what it counts, what it times and what it decodes."""

import json

import pytest
import torch

from lggd_ros.benchmark import network as benchmark
from lggd_ros.benchmark.network import BATCHES, STAGES, WHOLE, Bench, Stopwatch, measure_size
from lggd_ros.cli import main
from lggd_ros.detector import GraspDetector
from lggd_ros.network import LGGD, CheckpointError, LGGDConfig, save_checkpoint
from lggd_ros.training.config import NETWORKS

TINY = {"image_size": (64, 96), "image_width": 8, "image_layers": (1, 1, 1, 1), "embed_dim": 32, "text_width": 32}
TINY |= {"text_layers": 1, "text_heads": 2, "fusion_width": 32, "fusion_heads": 2, "fusion_hidden": 32}
TINY |= {"skip_widths": (8, 8, 8), "decoder_widths": (16, 16, 16), "head_width": 8, "refine_widths": (8, 8, 8, 8)}


@pytest.fixture(autouse=True)
def tiny_network(monkeypatch):
    monkeypatch.setitem(NETWORKS, "tabletop", lambda: LGGDConfig.tabletop().with_(**TINY))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return LGGD(NETWORKS["tabletop"]()).eval()


def test_command_prints_the_table_and_writes_the_figures(tmp_path, capsys):
    out = tmp_path / "reports" / "tabletop.json"
    arguments = ["--config", "tabletop", "--device", "cpu", "--passes", "3", "--json", str(out)]
    assert main(["benchmark", "network", *arguments]) == 0
    table, report = capsys.readouterr().out, json.loads(out.read_text())
    assert report["passes"] == 3 and report["precision"] == "float32" and report["paper"] is None
    assert report["machine"]["torch"] in table and report["machine"]["cpu"] in table
    for batch in BATCHES:
        figures = report["milliseconds"][str(batch)]
        assert set(figures) == {*STAGES, WHOLE}
        assert all(0 < figure["median"] <= figure["p95"] for figure in figures.values())
    rows = {line[:34].strip(): line[34:].split() for line in table.splitlines()}
    decode = [report["milliseconds"][str(batch)]["decode"][key] for batch in BATCHES for key in ("median", "p95")]
    assert [float(cell) for cell in rows["decode"]] == pytest.approx(decode, abs=0.006)


def test_the_papers_figures_stand_beside_ours():
    milliseconds = {str(batch): {stage: {"median": 1.0, "p95": 2.0} for stage in (*STAGES, WHOLE)} for batch in BATCHES}
    size = {"parameters": 168e6, "trainable": 66e6, "flops": 31e9}
    about = {"cpu": "a processor", "cores": 2, "threads": 1, "torch": "2", "load": 0.1, "gpu": "a card"}
    report = {"config": "rn50", "device": "cuda", "precision": "float16", "passes": 9, "machine": about, "size": size}
    table = benchmark.describe(report | {"milliseconds": milliseconds, "paper": benchmark.PAPER})
    for part in ("a card", "31.00 G flops (paper: 289.21)", "66.00 M trainable (paper: 67.70)", "43.0 ms"):
        assert part in table


def test_painted_answers_are_found_with_all_their_grasps():
    bench = Bench(GraspDetector(LGGD(LGGDConfig.tabletop().with_(**TINY | {"image_size": (192, 256)}))), 2)
    for found in bench.decode():
        assert found.status == "found" and len(found.grasps) == 5
        assert found.mask[240, 320] and found.mask.shape == (480, 640)


def test_stages_are_timed_in_their_own_modules(network, monkeypatch):
    bench, clock = Bench(GraspDetector(network), 1), iter(range(100))
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: next(clock))
    laps = bench.staged()
    assert laps == {**dict.fromkeys(STAGES, 1), "fusion + decoder": 2}  # before refinement, and the match after it
    assert tuple(laps) == STAGES
    assert bench.staged() == laps  # the hooks of the first pass are gone


def test_the_whole_reads_a_sentence_once(network):
    detector = GraspDetector(network)
    bench = Bench(detector, 1)
    assert bench.whole() > 0 and bench.whole() > 0
    assert detector.engine.sentences.cache_info().misses == 1


def test_a_checkpoint_is_measured_with_its_own_configuration(network, tmp_path):
    file = tmp_path / "tiny.safetensors"
    save_checkpoint(file, network, {})
    report = benchmark.benchmark_network("tabletop", "cpu", 1, file)
    assert report["checkpoint"] == str(file)
    save_checkpoint(file, LGGD(network.config.with_(vocabulary=("mug",))), {})
    assert benchmark.trained_network("tabletop", file).mended("the mgu") == "the mug"
    with pytest.raises(CheckpointError, match="no rn50 network: image_size is"):
        benchmark.benchmark_network("rn50", "cpu", 1, file)


def test_the_stopwatch_waits_for_a_cuda_device_before_it_reads_the_clock(monkeypatch):
    events = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: events.append("wait"))
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: events.append("read") or len(events))
    Stopwatch(torch.device("cuda")).mark("decode")
    assert events == ["wait", "read"] * 2


def test_flops_count_every_part_attention_included():
    config = LGGDConfig.tabletop().with_(**TINY, context_length=8)
    once, twice = (measure_size(LGGD(config.with_(text_layers=layers)).eval()).flops for layers in (1, 2))
    length, width = 8, 32
    projections, attention = 2 * 12 * length * width**2, 2 * 2 * length**2 * width
    assert twice - once == projections + attention


def test_trainable_parameters_leave_out_frozen_encoders():
    network = LGGD(LGGDConfig.tabletop().with_(**TINY, frozen=True)).eval()
    size = measure_size(network)
    encoders = sum(p.numel() for part in (network.image_encoder, network.text_encoder) for p in part.parameters())
    assert size.parameters - size.trainable == encoders > 0


@pytest.mark.parametrize(
    ("options", "sentence"), [(["--passes", "0"], "passes is 0"), (["--device", "cuda:99"], "not there")]
)
def test_bad_input_is_one_sentence(capsys, options, sentence):
    assert main(["benchmark", "network", "--config", "tabletop", "--device", "cpu", *options]) == 2
    assert sentence in capsys.readouterr().err
