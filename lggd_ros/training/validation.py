"""What a run measures of itself, and what it writes for people: figures, pictures, checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict

from lggd_ros.network import save_checkpoint
from lggd_ros.training.curves import Curves
from lggd_ros.training.evaluate import figures, judge
from lggd_ros.training.faults import writing
from lggd_ros.training.pictures import save_examples
from lggd_ros.training.run import Run
from lggd_ros.training.state import save_state


def validate(run: Run) -> dict:
    """Measure and save. Figures on the first process, nothing on the others, which wait for it."""
    results = {}
    if run.curves is not None:
        results = _measure(run)
        _record(run, run.curves, results)
    save_state(run)
    run.fabric.barrier()
    return results


def _measure(run: Run) -> dict:
    run.network.eval()
    with run.fabric.autocast():
        results = figures([verdict for scene in run.validation for verdict in judge(run.network, scene)])
        pictures = run.out / "examples" / f"step_{run.progress.step:06d}.png"
        save_examples(pictures, run.network, run.validation)
    run.network.train()
    return results


def _record(run: Run, curves: Curves, results: dict) -> None:
    flat = {name: value for name, value in results.items() if not isinstance(value, dict)}
    curves.add("validation", run.progress.step, flat)
    with writing(run.out / "metrics.json") as part:
        part.write_text(json.dumps({"step": run.progress.step, **results}, indent=2) + "\n")
        part.replace(run.out / "metrics.json")
    about = {"data": run.data, "training": asdict(run.config), "step": run.progress.step, "metrics": flat}
    _save(run, "last", about)
    score = sum(results[name] or 0 for name in ("J@1", "IoU", "match_accuracy"))
    if score > run.progress.best:
        run.progress.best = score
        _save(run, "best", about)


def _save(run: Run, name: str, about: dict) -> None:
    path = run.out / f"{name}.safetensors"
    with writing(path):
        save_checkpoint(path, run.network, about)
