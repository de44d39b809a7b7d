"""Many meta-analyses: 100,000 against the clock, and a million against memory.

python -m benchmarks.many     pools a million from Parquet to Parquet; prints CPU seconds, peak MB and studies
"""

import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

import metak2 as mk
from benchmarks import peers
from benchmarks.metafor import vector
from benchmarks.task import Goal, Task

SAMPLE = 60  # meta-analyses that metafor is timed on
PEAK = 500.0  # MB, the most that issue 5 allows


def made_up(groups: int, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Meta-analyses of 3 to 30 studies, ten on the average, and the size of each."""
    rng = np.random.default_rng(seed)
    k = np.clip(rng.geometric(1 / 8, groups) + 2, 3, 30)
    vi = 10 ** rng.uniform(-2, 0, int(k.sum()))
    between = np.repeat(rng.choice([0.0, 0.05, 0.3], groups), k)
    return pd.DataFrame(
        {"review": np.repeat(np.arange(groups), k), "yi": rng.normal(0.2, np.sqrt(vi + between)), "vi": vi}
    ), k


def hundred_thousand() -> Task:
    """The row of the table; two summits are looked for and every cell of the scan is certified."""
    frame, k = made_up(100_000)
    few = frame[frame["review"] < SAMPLE]
    fit = 'm <- rma(yi[i], vi[i], method = "REML", test = "knha"); confint(m); predict(m)'
    return Task(
        name="100,000 meta-analyses of 3–30 studies, REML + Hartung–Knapp + Q-profile, two summits checked",
        goal=Goal(milliseconds=1200),
        ours=lambda: mk.pool_many(frame, by="review"),
        prepare=f"yi <- {vector(few['yi'].tolist())}; vi <- {vector(few['vi'].tolist())}; "
        f"ma <- rep(1:{SAMPLE}, {vector(k[:SAMPLE].tolist())}); parts <- split(seq_along(yi), ma)",
        metafor=f"for (i in parts) tryCatch({{{fit}}}, error = function(e) NA)",
        share=100_000 / SAMPLE,
        peers=peers.many(frame["yi"].to_numpy(), frame["vi"].to_numpy(), k),
    )


def million() -> str:
    """What a million cost, in a process of their own, as a sentence."""
    if not find_spec("pyarrow"):
        return "A million meta-analyses from disk: pyarrow is not installed."
    ran = subprocess.run([sys.executable, "-m", "benchmarks.many"], capture_output=True, text=True, check=True)
    seconds, peak, studies = (float(word) for word in ran.stdout.split())
    verdict = "reached" if peak <= PEAK else "not reached"
    return (
        f"`pool_many` of 1,000,000 meta-analyses ({studies:,.0f} studies), Parquet to Parquet: {seconds:.1f} s CPU, "
        f"peak memory {peak:,.0f} MB with the interpreter and its libraries; to reach: {PEAK:,.0f} MB, {verdict}."
    )


def _measure_a_million() -> None:
    with TemporaryDirectory() as folder:
        for part in range(20):
            frame, _ = made_up(50_000, seed=part)
            frame.assign(review=frame["review"] + 50_000 * part).to_parquet(Path(folder) / f"{part}.parquet")
        del frame
        before = _cpu()
        mk.pool_many(f"{folder}/*.parquet", by="review", out=Path(folder) / "pooled.parquet")
        studies = 0
        for part in range(20):
            studies += len(pd.read_parquet(Path(folder) / f"{part}.parquet", columns=["review"]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        sys.stdout.write(f"{_cpu() - before} {peak} {studies}\n")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _measure_a_million()
