"""Effects within groups: the teaching set of three levels, and two thousand effects in three hundred studies."""

from dataclasses import replace
from functools import partial

import numpy as np

import metak2 as mk
from benchmarks.metafor import vector
from benchmarks.task import Goal, Task
from metak2.studies.table import read_only

TEACHING = "datasets/teaching/konstantopoulos2011.csv"


def three_levels() -> list[Task]:
    """Both fits that issue 8 names; metafor takes its sparse path for the larger one."""
    schools = mk.effect_sizes(mk.read_studies(TEACHING), measure="SMD")
    return [
        _task("k = 56, 11 districts", schools, "district/school", reach=20, sparse=""),
        _task("2,000 effects in 300 studies", _simulated(), "trial/effect", reach=400, sparse=", sparse = TRUE"),
    ]


def _simulated() -> mk.EffectSizes:
    rng = np.random.default_rng(8)
    trial = np.sort(rng.integers(0, 300, 2000))
    vi = 10 ** rng.uniform(-2, 0, 2000)
    yi = 0.2 + rng.normal(0, 0.3, 300)[trial] + rng.normal(0, np.sqrt(vi + 0.04))
    names = [f"Effect {at + 1}" for at in range(2000)]
    groups = {"trial": [f"Trial {one}" for one in trial], "effect": names}
    columns = {name: read_only(np.array(words, dtype=object)) for name, words in groups.items()}
    return replace(mk.effects_from(yi, vi=vi, study=names), moderators=columns)


def _task(name: str, effects: mk.EffectSizes, random: str, *, reach: float, sparse: str) -> Task:
    outer, inner = (np.unique(effects.words(one), return_inverse=True)[1].astype(float) for one in random.split("/"))
    return Task(
        name=f"three levels, REML, {name}",
        goal=Goal(ratio=reach),
        ours=partial(mk.multilevel, effects, random),
        prepare=(
            f"yi <- {vector(effects.yi.tolist())}; vi <- {vector(effects.vi.tolist())}; "
            f"outer <- {vector(outer.tolist())}; inner <- {vector(inner.tolist())}"
        ),
        metafor=f"rma.mv(yi, vi, random = ~ 1 | outer/inner{sparse})",
    )
