"""The ``lggd`` command. Bad input ends with one sentence and exit code 2; a task that fails honestly ends with 1."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lggd_ros import __version__

SETUPS = ("isolated", "scattered", "cluttered")


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError) as error:
        print(f"lggd {options.command}: {_sentence(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lggd", description="Language-guided grasping: detect, simulate, train, measure."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _add_detect,
        _add_demo,
        _add_generate,
        _add_train,
        _add_tune,
        _add_evaluate,
        _add_benchmark,
        _add_export,
        _add_data,
        _add_calibrate,
        _add_doctor,
    ):
        add(commands)
    return parser


def _add_detect(commands: argparse._SubParsersAction) -> None:
    detect = commands.add_parser("detect", help="find the named thing and its grasps in one colour and depth image")
    detect.add_argument("--color", type=Path, required=True, help="colour image file")
    detect.add_argument(
        "--depth", type=Path, help="aligned depth, 16-bit PNG in millimetres; without it: planar grasps only"
    )
    detect.add_argument("--intrinsics", type=_intrinsics, metavar="fx,fy,cx,cy", help="of the colour image, pixels")
    detect.add_argument("--text", required=True, help="the instruction")
    detect.add_argument("--out", type=Path, required=True, help="folder for overlay.png and detection.json")
    detect.add_argument("--top-k", type=int, default=5, help="grasps at most (default 5)")
    _add_model_options(detect)
    detect.set_defaults(run=_detect)


def _add_demo(commands: argparse._SubParsersAction) -> None:
    demo = commands.add_parser("demo", help="simulator, perception and executor as ROS processes pick the named thing")
    demo.add_argument("--instruction", default="", help="default: a true instruction of the seeded scene")
    demo.add_argument("--setup", choices=SETUPS, default="scattered")
    demo.add_argument("--seed", type=_natural, default=0, help="scene of the test split (default 0)")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), help="folder for pictures and video")
    _add_model_options(demo)
    demo.set_defaults(run=_demo)


def _add_generate(commands: argparse._SubParsersAction) -> None:
    generate = commands.add_parser("generate", help="make synthetic tabletop samples")
    generate.add_argument("--out", type=Path, required=True)
    generate.add_argument("--scenes", type=_natural, required=True, help="number of samples")
    generate.add_argument("--seed", type=_natural, default=0, help="of the first table; the next has the next")
    generate.add_argument("--split", default="train", help="train (default), val or a test such as test/novel-kinds")
    generate.add_argument("--workers", type=_natural, default=2)
    generate.set_defaults(run=_generate)


def _add_train(commands: argparse._SubParsersAction) -> None:
    train = commands.add_parser("train", help="train LGGD")
    train.add_argument("--config", type=Path, default=Path("config/train_tabletop.yaml"))
    train.add_argument("--data", type=Path, required=True, help="OCID-VLG, Grasp-Anything++ or tabletop data")
    train.add_argument(
        "--out", type=Path, required=True, help="run folder: checkpoints, curves, pictures; resumed if it exists"
    )
    train.add_argument(
        "--set", default="", metavar="YAML", help="settings instead of the file's, such as 'max_minutes: 5'"
    )
    train.set_defaults(run=_train)


def _add_tune(commands: argparse._SubParsersAction) -> None:
    tune = commands.add_parser("tune", help="choose on validation data when a checkpoint says absent or ambiguous")
    tune.add_argument("--checkpoint", required=True, help="file, or a name in models/; it is written into")
    tune.add_argument("--data", type=Path, required=True)
    tune.add_argument("--split", default="val", help="default val")
    tune.set_defaults(run=_tune)


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    evaluate = commands.add_parser("evaluate", help="J@N, IoU and precision of a checkpoint on a split")
    evaluate.add_argument("--data", type=Path, required=True, help="OCID-VLG, Grasp-Anything++ or tabletop data")
    evaluate.add_argument("--split", default="", help="such as multiple/test, test-unseen or val; none for one folder")
    evaluate.add_argument("--out", type=Path, default=Path("out/evaluation"), help="for figures.json, pictures.html")
    evaluate.add_argument("--shuffled", action="store_true", help="also with words about other pictures")
    _add_model_options(evaluate)
    evaluate.set_defaults(run=_evaluate)


def _add_benchmark(commands: argparse._SubParsersAction) -> None:
    kinds = commands.add_parser("benchmark", help="measure").add_subparsers(dest="kind", required=True, metavar="KIND")
    grasp = kinds.add_parser("grasp", help="full picks through detector, planner and physics in one process")
    grasp.add_argument("--setup", choices=SETUPS, required=True)
    grasp.add_argument("--trials", type=_natural, default=30)
    grasp.add_argument("--seed", type=_natural, default=0, help="first scene of the test split")
    grasp.add_argument("--json", type=Path, help="write the figures and one row per trial here")
    grasp.add_argument("--truth", action="store_true", help="true detections, to measure planning and physics alone")
    _add_model_options(grasp)
    grasp.set_defaults(run=_benchmark_grasp)
    execute = kinds.add_parser("execute", help="picks through the ROS graph: processes over DDS, faults, timings")
    execute.add_argument("--setup", choices=SETUPS, required=True)
    execute.add_argument("--trials", type=_natural, default=20)
    execute.add_argument("--seed", type=_natural, default=0, help="first scene of the test split")
    execute.add_argument("--place", default="", metavar="REGION", help="put the thing there, such as bin")
    execute.add_argument("--fault", default="", help="what fails once in every pick: a name, or all in turn")
    execute.add_argument("--truth", action="store_true", help="true detections, to measure the executor alone")
    execute.add_argument("--json", type=Path, help="write the figures and one row per trial here")
    _add_model_options(execute)
    execute.set_defaults(run=_benchmark_execute)
    planning = kinds.add_parser("planning", help="plans of the embedded planner among packed boxes")
    planning.add_argument("--trials", type=_natural, default=100)
    planning.add_argument("--seed", type=_natural, default=0)
    planning.add_argument("--json", type=Path, help="write the figures here")
    planning.set_defaults(run=_benchmark_planning)
    network = kinds.add_parser("network", help="size of the network, and milliseconds per stage")
    network.add_argument("--config", choices=("rn50", "tabletop"), required=True)
    network.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    network.add_argument("--checkpoint", help="weights: file, or a name in models/ (default: random ones)")
    network.add_argument("--passes", type=_natural, default=50, help="timed passes per batch size (default 50)")
    network.add_argument("--json", type=Path, help="write the figures here")
    network.set_defaults(run=_benchmark_network)


def _add_export(commands: argparse._SubParsersAction) -> None:
    export = commands.add_parser("export", help="write a checkpoint as ONNX, and compare it with torch")
    export.add_argument("--out", type=Path, required=True, help="folder for text.onnx, grasp.onnx and lggd.json")
    _add_checkpoint_option(export)
    export.set_defaults(run=_export)


def _add_data(commands: argparse._SubParsersAction) -> None:
    kinds = commands.add_parser("data", help="look after data sets").add_subparsers(
        dest="kind", required=True, metavar="KIND"
    )
    check = kinds.add_parser("check", help="what is missing, misnamed or corrupt in a data set; train and test apart?")
    check.add_argument("root", type=Path, metavar="ROOT", help="OCID-VLG, Grasp-Anything++ or tabletop data")
    check.add_argument("--thorough", action="store_true", help="open every file, not 2,000 of a kind")
    check.set_defaults(run=_data_check)


def _add_calibrate(commands: argparse._SubParsersAction) -> None:
    calibrate = commands.add_parser("calibrate", help="where is the camera mounted? Views of a ChArUco board tell")
    calibrate.add_argument("--mount", choices=("eye-in-hand", "eye-to-hand"), default="eye-in-hand")
    calibrate.add_argument("--views", type=_natural, default=15, help="places where the arm rests (default 15)")
    calibrate.add_argument("--out", type=Path, default=Path("hand_eye.yaml"), help="for the launch argument hand_eye")
    calibrate.add_argument("--draw", type=Path, metavar="PDF", help="write the board for the printer, and end")
    calibrate.add_argument("--touch", action="store_true", help="check a calibration that is in /tf with a finger tip")
    calibrate.add_argument("--squares", type=_squares, default=(5, 7), help="columns x rows (default 5x7)")
    calibrate.add_argument("--square", type=float, default=0.035, help="side in metres, as measured (default 0.035)")
    calibrate.add_argument("--marker", type=float, default=0.026, help="side in metres, as measured (default 0.026)")
    calibrate.add_argument(
        "--image", default="/camera/camera/color/image_raw", help="topic; camera_info lies beside it"
    )
    for frame, default in (("base", "base"), ("hand", "fr3_hand"), ("tcp", "fr3_hand_tcp"), ("camera", "camera_link")):
        calibrate.add_argument(f"--{frame}-frame", default=default, help=f"in /tf (default {default})")
    calibrate.set_defaults(run=_calibrate)


def _add_doctor(commands: argparse._SubParsersAction) -> None:
    doctor = commands.add_parser("doctor", help="is everything there? One line each, and what to do where it is not")
    doctor.add_argument("--only", choices=("machine", "robot", "nodes"), help="default: all three")
    doctor.add_argument("--planner", choices=("auto", "moveit", "embedded"), default="auto", help="of the executor")
    doctor.add_argument("--namespace", default="", help="of the nodes and the robot's topics")
    doctor.add_argument("--gripper", default="franka_gripper", help="namespace of the hand's actions")
    doctor.add_argument("--wait", type=float, default=10.0, metavar="SECONDS", help="for what starts just now")
    _add_model_options(doctor)
    doctor.set_defaults(run=_doctor)


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    _add_checkpoint_option(parser)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")


def _add_checkpoint_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", default="lggd_tabletop", help="file, or a name in models/ (default lggd_tabletop)"
    )


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 0 on")
    return int(text)


def _intrinsics(text: str) -> tuple[float, ...]:
    try:
        fx, fy, cx, cy = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not fx,fy,cx,cy, four numbers in pixels") from None
    return fx, fy, cx, cy


def _squares(text: str) -> tuple[int, int]:
    columns, separator, rows = text.partition("x")
    if not (separator and columns.isdigit() and rows.isdigit()):
        raise argparse.ArgumentTypeError(f"'{text}' is not columns x rows, such as 5x7")
    return int(columns), int(rows)


def _detect(options: argparse.Namespace) -> int:
    from lggd_ros.detect_files import detect_files

    inputs = options.color, options.depth, options.intrinsics, options.text, options.out, options.top_k
    print(detect_files(*inputs, options.checkpoint, options.device))
    return 0


def _demo(options: argparse.Namespace) -> int:
    from lggd_ros.demo import run_demo

    return run_demo(
        options.instruction, options.setup, options.seed, options.out, str(options.checkpoint), options.device
    )


def _generate(options: argparse.Namespace) -> int:
    from lggd_ros.tabletop.generate import generate

    generate(options.out, options.scenes, options.seed, options.split, options.workers)
    return 0


def _train(options: argparse.Namespace) -> int:
    from lggd_ros.training.config import TrainConfig
    from lggd_ros.training.train import train

    train(TrainConfig.read(options.config, options.set), options.data, options.out)
    return 0


def _tune(options: argparse.Namespace) -> int:
    from lggd_ros.training.tune import tune

    print(json.dumps(tune(options.checkpoint, options.data, options.split), indent=2))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from lggd_ros.training.evaluate import evaluate
    from lggd_ros.training.tables import describe

    where = options.data, options.split, options.out
    report = evaluate(options.checkpoint, *where, options.device, options.shuffled)
    print(f"{describe(report)}\n\nwrote figures.json and pictures.html into {options.out}")
    return 0


def _benchmark_grasp(options: argparse.Namespace) -> int:
    from lggd_ros.benchmark.grasp import benchmark_grasp, describe

    what = options.setup, options.trials, options.seed
    report = benchmark_grasp(*what, options.checkpoint, options.device, options.truth)
    _write_json(report, options.json)
    print(describe(report))
    return 0


def _benchmark_execute(options: argparse.Namespace) -> int:
    from lggd_ros.benchmark.execute import benchmark_execute, describe

    what = options.setup, options.trials, options.seed, options.place, options.fault
    report = benchmark_execute(*what, str(options.checkpoint), options.device, options.truth)
    _write_json(report, options.json)
    print(describe(report))
    return 0


def _benchmark_planning(options: argparse.Namespace) -> int:
    from lggd_ros.planning.benchmark import benchmark_planning

    report = benchmark_planning(options.trials, options.seed)
    _write_json(report, options.json)
    print(json.dumps(report, indent=2))
    return 0


def _benchmark_network(options: argparse.Namespace) -> int:
    from lggd_ros.benchmark.network import benchmark_network, describe

    report = benchmark_network(options.config, options.device, options.passes, options.checkpoint)
    _write_json(report, options.json)
    print(describe(report))
    return 0


def _export(options: argparse.Namespace) -> int:
    from lggd_ros.export import export

    difference = export(options.checkpoint, options.out)
    print(f"wrote {options.out}; onnxruntime's answers differ from torch's by {difference:.1e} at most")
    return 0


def _data_check(options: argparse.Namespace) -> int:
    from lggd_ros.data.check import check_data

    report = check_data(options.root, options.thorough)
    print(report)
    return 1 if report.problems else 0


def _calibrate(options: argparse.Namespace) -> int:
    from lggd_ros.calibration.board import Board
    from lggd_ros.calibration.run import Frames, calibrate_camera, draw_board, touch_check

    columns, rows = options.squares
    board = Board(columns, rows, options.square, options.marker)
    frames = Frames(options.base_frame, options.hand_frame, options.tcp_frame, options.camera_frame)
    if options.draw:
        print(draw_board(board, options.draw))
        return 0
    if options.touch:
        return 0 if touch_check(options.image, board, frames) else 1
    in_hand = options.mount == "eye-in-hand"
    return 0 if calibrate_camera(options.image, board, frames, in_hand, options.views, options.out) else 1


def _doctor(options: argparse.Namespace) -> int:
    from lggd_ros.doctor.run import examine

    planner, model = options.planner, (options.checkpoint, options.device)
    return examine(options.only, planner, model, options.namespace, options.gripper, options.wait)


def _write_json(content: dict, path: Path | None) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
