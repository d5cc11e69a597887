"""What ``lggd benchmark grasp`` tells of its trials."""

import lggd_ros.benchmark.grasp as benchmark


def test_rates_come_with_intervals(monkeypatch):
    outcomes = ["success"] * 5 + ["wrong object"] + ["nothing held"] * 4
    rows = [{"outcome": o, "seed": k, "instruction": "", "code": "", "reason": ""} for k, o in enumerate(outcomes)]
    monkeypatch.setattr(benchmark.GraspDetector, "load", lambda *_: None)
    monkeypatch.setattr(benchmark, "EmbeddedPlanner", lambda: None)
    monkeypatch.setattr(benchmark, "run_trial", lambda setup, seed, *_: rows[seed])
    report = benchmark.benchmark_grasp("isolated", 10, 0, "none")
    told = benchmark.describe(report)
    assert "50.0% (23.7% to 76.3%) of 10 picks" in told and "10.0% (1.8% to 40.4%) another" in told
    assert told.count("seed ") == 5
