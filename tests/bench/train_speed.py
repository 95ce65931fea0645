"""Compare the speed of our training with a textbook loop of the same networks; print one Markdown table.

python -m tests.bench.train_speed [--device cuda] [--seconds 1.5] [--rounds 3] [--steady 60]
    [--parts steady,training,stages] [--case MODEL:POINTS:WIDTH:BATCH ...] [--hardware "2 x86 cores"] [--out FOLDER]

training   images a second, counted operations and peak memory of our `Trainer` and of the textbook's loop
           (see `tutorial_loop`), once with penalties on the same steps as ours and once on every step. Each side has
           its own process; the sides take turns for --rounds rounds, and the medians are printed. An image is a real
           wave shown in a step.
steady     time of the default steps of `mirage-gan train --lr 4e-6` with 186 bitmaps, from its speed over --steady
           seconds
stages     time and memory of the commands: the demo's stages, preprocess, export, start-up; on CUDA only if --parts
           names it

The parts steady and training need torch, numpy, scipy, Pillow and click only; stages needs all that the commands need.
--case replaces the default cases of the device. --out saves all figures after each one, as dated JSON and Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import torch

from tests.bench import figures, laps
from tests.bench.figures import Figure
from tests.bench.laps import EACH_STEP, TEXTBOOK, TEXTBOOKS, Case, Lap, Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = ("steady", "training", "stages")
CASES = {
    "cuda": [
        *(Case("dcgan", 256, width, batch) for width in (16, 32, 64) for batch in (16, 40, 128)),
        *(Case("wave", 256, 32, batch) for batch in (32, 128)),
    ],
    "cpu": [Case("wave", 256, 32, 32), Case("dcgan", 64, 16, 32), Case("dcgan", 256, 16, 16)],
}
STEADY_PARTS = 6  # parts of the --steady time, to see whether the speed is constant
NOTES = """- *Textbook*: eager float32 with PyTorch's own switches as they are (so GPUs that have TF32 convolve in it);
  the same layers in plain form with the same weights; a DataLoader; real and generated waves judged in passes of their
  own; R1 and R2 each by a gradient of its own; losses read every step. See `tests/bench/tutorial_loop.py`.
  *Same penalties*: on every 4th step, with four times the weight, as ours.
- An image is a real wave shown in a step. The sides take turns, each in a process of its own; medians of the rounds.
- *TFLOP/s*: operations of convolutions and matrix products, forward and backward, as PyTorch's counter sees them on
  the CPU in a cycle of 4 steps, one of them with penalties where these are not on every step, times the speed. Each
  side's own: the textbook does more of them for the same image. Ours / theirs.
- *Peak MB*: on CUDA of the device, as PyTorch allocated it; else of the process, PyTorch included, and of a
  command's largest process. Ours / theirs.
"""


def train_all(cases: list[Case], device: str, args: argparse.Namespace, failed: list[str]) -> Iterator[Figure]:
    """Measure all sides of each case; yield our figure beside each other side's, and add errors to `failed`."""
    counted: dict[Case, dict[str, float]] = {}
    with ExitStack() as stack:
        sides = open_sides(stack, device)
        for case in cases:
            is_spent = device == "cpu"  # the peak memory of a process cannot be reset
            try:
                shape = replace(case, batch_size=1)
                if shape not in counted:
                    counted[shape] = {side: remote.ask("count", side, case) for side, remote in sides.items()}
                yield from compare(case, alternate(case, sides, args, failed), counted[shape])
            except RuntimeError as error:  # such as too little memory; other cases may fit
                failed.append(f"{describe(case)}: {error}")
                print(failed[-1], file=sys.stderr)
                is_spent = True  # the processes are in an unknown state
            if is_spent and case != cases[-1]:
                stack.close()
                sides = open_sides(stack, device)


def open_sides(stack: ExitStack, device: str) -> dict[str, Remote]:
    """Start one process for each side."""
    return {side: stack.enter_context(closing(Remote(device))) for side in (*laps.ours(device), *TEXTBOOKS)}


def alternate(
    case: Case, sides: dict[str, Remote], args: argparse.Namespace, failed: list[str]
) -> dict[str, list[Lap]]:
    """Let the sides take turns; return the laps of each side, and add problems to `failed`."""
    for side, remote in sides.items():
        if problem := remote.ask("prepare", side, case, args.warm_up):
            failed.append(f"{describe(case)}, {side}: {problem}")
    done: dict[str, list[Lap]] = {side: [] for side in sides}
    for _ in range(args.rounds):
        for side, remote in sides.items():
            done[side].append(remote.ask("lap", args.seconds))
    return done


def compare(case: Case, done: dict[str, list[Lap]], counted: dict[str, float]) -> Iterator[Figure]:
    """Yield the figures of one case: our best precision beside both textbooks, our others beside the first."""
    speeds = {side: [case.batch_size * lap.steps / lap.seconds for lap in of_side] for side, of_side in done.items()}
    peaks = {side: max(lap.peak_mb for lap in of_side) for side, of_side in done.items()}
    best, *others = (side for side in done if side not in TEXTBOOKS)
    for mine, theirs in ((best, TEXTBOOK), (best, EACH_STEP), *((other, TEXTBOOK) for other in others)):
        sides = (mine, theirs)
        # Our trainer does at least three quarters of the textbook's work. A count below half means that the counter did
        # not see our operations, so the textbook's count is used.
        operations = [counted[side] if counted[side] > counted[TEXTBOOK] / 2 else counted[TEXTBOOK] for side in sides]
        yield Figure(
            what=f"train {describe(case)}, {mine}",
            unit="images/s",
            ours=median(speeds[mine]),
            beside=theirs,
            theirs=median(speeds[theirs]),
            tflops=(median(speeds[mine]) * operations[0] / 1e12, median(speeds[theirs]) * operations[1] / 1e12),
            peak_mb=(peaks[mine], peaks[theirs]),
            details={
                "rounds": [speeds[side] for side in sides],
                "operations an image": operations,
                "counted": [counted[side] for side in sides],
            },
        )


def describe(case: Case) -> str:
    """Return the name of a case."""
    what = f"bitmaps {case.points} x {case.points}" if case.model == "dcgan" else f"{case.points} points"
    return f"`{case.model}`, {what}, width {case.width}, batch {case.batch_size}"


def steady(device: str, args: argparse.Namespace, failed: list[str]) -> Iterator[Figure]:
    """Measure the speed of the defaults over --steady seconds, and the time of the default number of steps."""
    with closing(Remote(device)) as remote:
        about = remote.ask("prepare_defaults", args.warm_up)
        done: list[Lap] = [remote.ask("lap", args.steady / STEADY_PARTS) for _ in range(STEADY_PARTS)]
    speed = sum(lap.steps for lap in done) / sum(lap.seconds for lap in done)
    sounds = "bitmaps" if about["model"] == "dcgan" else "loops"
    what = f"`train --lr {laps.SLOW_LR}`, {laps.BITMAPS} {sounds}, `{about['model']}` of {about['points']}"
    parts = [lap.steps / lap.seconds for lap in done]
    details = {**about, "parts": parts}
    if about["problem"]:
        failed.append(f"{what}: {about['problem']}")
    yield Figure(what, "steps/s", speed, peak_mb=(max(lap.peak_mb for lap in done), None), details=details)
    yield Figure(f"its {about['steps']:,} steps, at that speed", "minutes", about["steps"] / speed / 60)


def measure(device: str, args: argparse.Namespace, failed: list[str]) -> Iterator[Figure]:
    """Measure the parts that --parts names."""
    if "steady" in args.parts:
        yield from steady(device, args, failed)
    if "training" in args.parts:
        yield from train_all(args.case or CASES.get(device, CASES["cpu"]), device, args, failed)
    if "stages" in args.parts:
        from tests.bench import stage_speed  # noqa: PLC0415 - needs soundfile, and training does not

        yield from stage_speed.measure()


def hardware(device: str) -> str:
    """Return the name of the hardware, without which a result means nothing."""
    return torch.cuda.get_device_name() if device == "cuda" else f"{os.cpu_count()} {platform.machine()} cores"


def text(about: dict[str, Any], found: list[Figure]) -> str:
    """Return the page that is printed and saved."""
    setup = f"{about['hardware']}, torch {about['torch']}, {about['date']}: `{about['command']}`"
    return f"# Training speed beside a textbook loop\n\n{setup}\n\n{figures.table(found)}\n\n{NOTES}"


def parse_case(value: str) -> Case:
    """Read MODEL:POINTS:WIDTH:BATCH."""
    model, points, width, batch_size = value.split(":")
    return Case(model, int(points), int(width), int(batch_size))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default=device)
    parser.add_argument("--seconds", type=float, default=1.5, help="of a turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=float, default=1.5, help="seconds")
    parser.add_argument("--steady", type=float, default=60, help="seconds")
    parser.add_argument("--parts", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--case", type=parse_case, action="append")
    parser.add_argument("--hardware")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(arguments)
    args.parts = args.parts.split(",") if args.parts else PARTS[: 2 if args.device == "cuda" else 3]
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    return args


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and save."""
    args = parse(arguments)
    failed: list[str] = []
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "hardware": args.hardware or hardware(args.device),
        "torch": torch.__version__,
        "command": " ".join(["python -m tests.bench.train_speed", *(sys.argv[1:] if arguments is None else arguments)]),
        "seconds": args.seconds,
        "rounds": args.rounds,
        "failed": failed,
    }
    found: list[Figure] = []
    for figure in measure(args.device, args, failed):
        found.append(figure)
        print(" | ".join(figure.cells()), file=sys.stderr, flush=True)
        if args.out:  # each time, so that an interrupted call leaves its figures
            figures.save(args.out, f"{about['date']}-train-speed-{args.device}", about, found, text(about, found))
    print(text(about, found))
    if failed:
        sys.exit(f"failed: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
