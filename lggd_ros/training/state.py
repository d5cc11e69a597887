"""The state of a run on disk: everything that is needed to go on as if it had never stopped."""

from __future__ import annotations

import io
import pickle
from dataclasses import asdict

import torch

from lggd_ros.training.faults import TrainingError, reason_of, writing
from lggd_ros.training.run import Run
from lggd_ros.training.schedule import Progress

STATE = "state.pt"


def save_state(run: Run) -> None:
    """Write the state beside the old one, then put it in its place; a run killed meanwhile keeps the old one."""
    if run.first:
        _write(run)
    run.saved = run.progress.step


def _write(run: Run) -> None:
    state = {
        "objective": run.objective.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "progress": asdict(run.progress),
    }
    content = io.BytesIO()  # torch does not say why a file cannot be written
    torch.save(state, content)
    path = run.out / STATE
    with writing(path) as part:
        part.write_bytes(content.getbuffer())
        part.replace(path)


def resume(run: Run) -> None:
    """Take up the state in the run folder, if there is one; nodes must share the folder.

    Raises TrainingError where the state does not fit or another node cannot see it.
    """
    path = run.out / STATE
    if not run.fabric.broadcast(path.exists()):
        return
    try:
        state = torch.load(path, map_location=run.fabric.device, weights_only=True)
        run.objective.load_state_dict(state["objective"])
        run.optimizer.load_state_dict(state["optimizer"])
        run.progress = Progress(**state["progress"])
    except (RuntimeError, KeyError, TypeError, ValueError, EOFError, OSError, pickle.UnpicklingError) as error:
        reason, remedy = reason_of(error), "give another --out, or delete it to begin anew"
        raise TrainingError(f"'{path}' is damaged or of a run with another network ({reason}); {remedy}") from None
    run.saved = run.progress.step


def kept(run: Run) -> str:
    """What a run that ends early leaves, for a person."""
    if run.saved is None:
        return f"training stopped at step {run.progress.step} before anything was saved"
    again = f"the same command goes on from step {run.saved}, which '{run.out / STATE}' holds"
    return f"training stopped at step {run.progress.step}; {again}"
