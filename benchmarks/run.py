"""Times every task against metafor and the installed Python peers in alternating pairs and writes RESULTS.md.

    make bench                    everything
    python -m benchmarks.run GOSH tasks whose name holds the word, printed only

CPU time of the finished public call, warm, one thread; medians over the rounds.
"""

import gc
import os
import platform
import resource
import statistics
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
MISLEADING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # another processor's kernels: set in some test environments
if __name__ == "__main__" and (
    any(name in os.environ for name in MISLEADING) or "OPENBLAS_NUM_THREADS" not in os.environ
):
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    command = [sys.executable, "-m", "benchmarks.run", *sys.argv[1:]]
    os.execve(sys.executable, command, {**kept, **ONE_THREAD})  # noqa: S606 - ourselves, in a clean environment

from benchmarks.many import million  # noqa: E402 - BLAS reads its environment when NumPy loads
from benchmarks.metafor import Metafor  # noqa: E402 - as above
from benchmarks.peers import DISTRIBUTIONS  # noqa: E402 - as above
from benchmarks.task import Task  # noqa: E402 - as above
from benchmarks.tasks import tasks  # noqa: E402 - as above

ROUNDS = 5
SHORTEST = 0.05  # CPU seconds of one measurement
RESULTS = Path(__file__).parent / "RESULTS.md"


def cpu() -> float:
    """CPU seconds of this process and its finished children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def seconds(call: Callable[[], object]) -> float:
    """CPU seconds per call, over enough calls to be measured."""
    calls, start = 0, cpu()
    while cpu() - start < SHORTEST:
        call()
        calls += 1
    return (cpu() - start) / calls


def measured(task: Task, metafor: Metafor | None) -> dict[str, float]:
    """Median seconds of metak2, metafor and peers, alternating; metafor is left out where it cannot do the task."""
    times: dict[str, list[float]] = {"metak2": [], **{name: [] for name in task.peers}}
    task.ours()
    for peer in task.peers.values():
        peer.call()
    if metafor is not None and task.metafor and metafor.prepare(task.prepare or "NULL", task.metafor):
        times["metafor"] = []
    for _ in range(ROUNDS):
        gc.collect()
        times["metak2"].append(seconds(task.ours))
        for name, peer in task.peers.items():
            times[name].append(seconds(peer.call) * peer.share)
        if metafor is not None and "metafor" in times:
            times["metafor"].append(metafor.seconds(task.metafor) * task.share)
    return {name: statistics.median(several) for name, several in times.items()}


def row(task: Task, times: dict[str, float]) -> str:
    """One line of the table."""
    ours, theirs = times["metak2"], times.get("metafor")
    ratio = _ratio(theirs / ours) if theirs else "–"
    peers = (
        "; ".join(f"{name} {_milliseconds(times[name])} ({_ratio(times[name] / ours)})" for name in task.peers) or "–"
    )
    extrapolated = " *" if task.share != 1 and theirs else ""
    shown = f"{_milliseconds(theirs)}{extrapolated}" if theirs else "–"
    goal, verdict = (str(task.goal), task.goal.reached(ours, theirs)) if task.goal else ("–", "–")
    return f"| {task.name} | {_milliseconds(ours)} | {shown} | {ratio} | {goal} | {verdict} | {peers} |"


def _ratio(value: float) -> str:
    return f"{value:,.0f} x" if value >= 10 else f"{value:.2g} x"


def _milliseconds(value: float) -> str:
    return f"{1e3 * value:,.3g} ms" if value < 1 else f"{value:,.2f} s"


def header(metafor: Metafor | None) -> str:
    """What was measured, on what and when."""
    installed = [f"{name} {found}" for name in ("numpy", "scipy", *DISTRIBUTIONS) if (found := _version(name))]
    r = f"metafor {metafor.version}" if metafor else "no metafor"
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return (
        f"# Benchmarks\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}, {', '.join(installed)}, {r}.\n\n"
        "Made by `make bench`. CPU time of the finished public call, warm, one thread; medians of "
        f"{ROUNDS} alternating rounds. \\* extrapolated from a part of the work. Ratios are theirs over ours.\n\n"
        "| task | metak2 | metafor | ratio | to reach | reached | Python peers |\n|---|---|---|---|---|---|---|"
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main(words: list[str]) -> None:
    """Time the tasks, print each row as it is known, and write the table when all were timed."""
    chosen = [task for task in tasks() if not words or any(word in task.name for word in words)]
    with Metafor() if Metafor.installed() else nullcontext() as metafor:
        lines = [header(metafor)]
        sys.stdout.write(lines[0] + "\n")
        for task in chosen:
            lines.append(row(task, measured(task, metafor)))
            sys.stdout.write(lines[-1] + "\n")
            sys.stdout.flush()
    if not words:
        lines += ["", million()]
        sys.stdout.write(f"\n{lines[-1]}\n")
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
