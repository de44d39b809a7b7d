"""What is timed: the finished public call of metak2, the same work in metafor, and in each Python peer that is here."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

import metak2 as mk
from benchmarks import peers
from benchmarks.many import hundred_thousand
from benchmarks.metafor import vector
from benchmarks.multilevel import three_levels
from benchmarks.task import Goal, Task
from metak2.models.counts import fit_glmm
from metak2.robustness.alternatives import INTEGRITY, Alternatives, Filter, Specification
from metak2.robustness.bootstrap import bootstrap
from metak2.robustness.fragility import fragility
from metak2.robustness.gosh import gosh
from metak2.robustness.influence import influence
from metak2.robustness.leave_one_out import leave_one_out, leave_two_out
from metak2.robustness.permutation import permutation_test
from metak2.robustness.specification import specification_curve
from metak2.studies.table import StudyTable

BCG = {  # dat.bcg of R's metadat: Colditz et al. 1994, JAMA 271:698-702
    "event_e": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "n_e": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
    "event_c": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "n_c": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
}
LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]


def tasks() -> list[Task]:
    """All that can be timed with what is installed."""
    return [
        *_single_fits(),
        *_subsets(),
        *_resampling(),
        *_glmms(),
        *three_levels(),
        *_specifications(),
        hundred_thousand(),
        *_pictures(),
        *_cold_starts(),
    ]


def simulated(k: int) -> tuple[np.ndarray, np.ndarray]:
    """A made-up meta-analysis of `k` studies, the same on every run."""
    rng = np.random.default_rng(k)
    vi = 10 ** rng.uniform(-2, 0, k)
    return rng.normal(0.2, np.sqrt(vi + 0.1)), vi


def bcg() -> StudyTable:
    """The thirteen trials as a study table with columns to filter by."""
    columns = {name: np.array(values, dtype=np.float64) for name, values in BCG.items()}
    words = {
        "alloc": ["random"] * 7 + ["systematic"] * 6,
        "rob": (["low", "some concerns", "high"] * 5)[:13],
        "imputed": ["no", "no", "yes"] * 4 + ["no"],
        "integrity_status": ["ok"] * 12 + ["concern"],
    }
    text = {name: np.array(values, dtype=object) for name, values in words.items()}
    study = tuple(f"Trial {at + 1}" for at in range(13))
    return StudyTable(source="dat.bcg", kind="counts", study=study, columns={**columns, **text}, cells={})


def effects_of(yi: np.ndarray, vi: np.ndarray) -> mk.EffectSizes:
    """Ready-made effects, as log risk ratios."""
    return mk.effects_from(yi, vi=vi, study=[f"Trial {at + 1}" for at in range(yi.size)], measure="RR")


def _data(yi: np.ndarray, vi: np.ndarray) -> str:
    return f"yi <- {vector(yi.tolist())}; vi <- {vector(vi.tolist())}"


def _fitted(yi: np.ndarray, vi: np.ndarray) -> str:
    return _data(yi, vi) + '; m <- rma(yi, vi, method="REML", control = list(maxiter = 1000))'


def _bcg_effects() -> tuple[np.ndarray, np.ndarray]:
    effects = mk.effect_sizes(bcg(), measure="RR")
    return effects.yi, effects.vi


def _single_fits() -> list[Task]:
    found = []
    for k, reach in ((13, 40), (100, 60), (1000, 10_000)):
        yi, vi = _bcg_effects() if k == 13 else simulated(k)
        effects = effects_of(yi, vi)
        found.append(
            Task(
                name=f"one REML fit with Hartung–Knapp, Q-profile, I², prediction interval, k = {k}",
                goal=Goal(ratio=reach),
                ours=partial(mk.pool, effects, test="HK"),
                prepare=_data(yi, vi),
                metafor='m <- rma(yi, vi, method="REML", test="knha"); confint(m); predict(m)',
                peers=peers.one_fit(yi, vi),
            )
        )
    return found


def _subsets() -> list[Task]:
    yi, vi = _bcg_effects()
    effects, bcg_data = effects_of(yi, vi), _data(yi, vi)
    y20, v20 = simulated(20)
    y100, v100 = simulated(100)
    many, twenty = mk.pool(effects_of(y100, v100)), mk.pool(effects_of(y20, v20), method="DL")
    found = [
        Task(
            name="leave-one-out, REML, k = 100",
            ours=lambda: leave_one_out(many),
            prepare=_fitted(y100, v100),
            metafor="leave1out(m)",
            peers=peers.leave_one_out(y100, v100, influence=False),
        ),
        Task(
            name="leave-one-out and influence, REML, k = 100",
            goal=Goal(ratio=1_000),
            ours=lambda: (leave_one_out(many), influence(many)),
            prepare=_fitted(y100, v100),
            metafor="leave1out(m); influence(m)",
            peers=peers.leave_one_out(y100, v100, influence=True),
        ),
        Task(name="leave-two-out, REML, k = 100 (4,950 pairs)", ours=lambda: leave_two_out(many)),
    ]
    for method, name, share in (("EE", "CE", 1.0), ("DL", "DL", 1.0), ("REML", "REML", 8191 / 1000)):
        base = mk.pool(effects, method=name)
        how = "gosh(m, progbar = FALSE)" if share == 1.0 else "set.seed(1); gosh(m, subsets = 1000, progbar = FALSE)"
        found.append(
            Task(
                name=f"GOSH, k = 13, all 8,191 subsets, {'common effect' if name == 'CE' else name}",
                goal=Goal(ratio=1_000),
                ours=partial(gosh, base),
                prepare=f'{bcg_data}; m <- rma(yi, vi, method="{method}")',
                metafor=how,
                share=share,
                peers=peers.all_subsets(yi, vi, method) if share == 1.0 else {},
            )
        )
    found.append(
        Task(
            name="GOSH, k = 20, all 1,048,575 subsets, DL",
            goal=Goal(milliseconds=80),
            ours=lambda: gosh(twenty),
            prepare=_data(y20, v20) + '; m <- rma(yi, vi, method="DL")',
            metafor="set.seed(1); gosh(m, subsets = 2000, progbar = FALSE)",
            share=1_048_575 / 2000,
        )
    )
    return found


def _resampling() -> list[Task]:
    yi, vi = _bcg_effects()
    base = mk.pool(effects_of(yi, vi))
    fitted = _data(yi, vi) + '; m <- rma(yi, vi, method="REML")'
    draw = "replicate(100, {i <- sample(13, replace = TRUE); tryCatch(rma(yi[i], vi[i])$tau2, error = function(e) NA)})"
    simulate = "for (y in simulate(m, 100)) tryCatch(rma(y, vi)$tau2, error = function(e) NA)"
    return [
        Task(
            name="1,000 bootstraps of tau², REML, studies drawn with replacement, k = 13",
            goal=Goal(ratio=1_500),
            ours=lambda: bootstrap(base, kind="non-parametric"),
            prepare=fitted,
            metafor=f"set.seed(1); {draw}",
            share=10.0,
            peers=peers.drawn_studies(yi, vi),
        ),
        Task(
            name="1,000 bootstraps of tau², REML, effects drawn from the model, k = 13",
            goal=Goal(ratio=1_500),
            ours=lambda: bootstrap(base),
            prepare=fitted,
            metafor=f"set.seed(1); {simulate}",
            share=10.0,
            peers=peers.drawn_effects(yi, vi, base.tau2 or 0.0),
        ),
        Task(
            name="fragility of the conclusion, BCG counts: studies and outcomes",
            ours=lambda: fragility(mk.pool(mk.effect_sizes(bcg(), measure="RR"))),
        ),
        *_permutations(base, fitted),
    ]


def _permutations(base: mk.Pooled, fitted: str) -> list[Task]:
    columns = {name: np.array(values, dtype=np.float64) for name, values in {**BCG, "ablat": LATITUDE}.items()}
    table = StudyTable(source="dat.bcg", kind="counts", study=base.study, columns=columns, cells={})
    regression = mk.regress(mk.effect_sizes(table, measure="RR"), "ablat", test="z", convention="metafor")
    return [
        Task(
            name="exact permutation test, 2¹³ sign flips, REML",
            goal=Goal(ratio=1_000),
            ours=lambda: permutation_test(base, exact=True),
            prepare=fitted,
            metafor="set.seed(1); permutest(m, iter = 200, progbar = FALSE)",
            share=8192 / 200,
        ),
        Task(
            name="permutation test of a meta-regression, 5,000 permutations, k = 13",
            goal=Goal(ratio=500),
            ours=lambda: permutation_test(regression, draws=5_000, exact=False),
            prepare=fitted + f"; ablat <- {vector(LATITUDE)}; r <- rma(yi, vi, mods = ~ ablat)",
            metafor="set.seed(1); permutest(r, iter = 200, progbar = FALSE)",
            share=25.0,
            peers=peers.permuted_moderator(base.effects.yi, base.effects.vi, columns["ablat"], 5_000),
        ),
    ]


def _specifications() -> list[Task]:
    filters = (
        INTEGRITY,
        Filter(name="low risk of bias", column="rob", keep=("low",)),
        Filter(name="not imputed", column="imputed", drop=("yes",)),
        Filter(name="random allocation", column="alloc", keep=("random",)),
    )
    wide = Alternatives(
        measures=("OR", "RD"),
        methods=("CE", "MH", "DL", "PM", "ML", "SJ", "HE", "EB"),
        tests=("z", "t", "HK", "HK-adhoc", "HK-wider"),
        predictions=("t(k-1)", "t(k-2)", "z", "none"),
        zero_cells=("none", "treatment-arm"),
        filters=filters,
    )
    table, planned = bcg(), Specification(measure="RR")
    size = len(specification_curve(table, planned=planned, alternatives=wide))
    return [
        Task(
            name=f"specification curve, {size:,} specifications (3,744 were asked for)",
            goal=Goal(milliseconds=100),
            ours=lambda: specification_curve(table, planned=planned, alternatives=wide),
        )
    ]


def _glmms() -> list[Task]:
    effects = mk.effect_sizes(bcg(), measure="OR")
    counts = {name: np.array(values, dtype=np.float64) for name, values in BCG.items()}
    cells = "; ".join(f"{name} <- {vector(values.tolist())}" for name, values in counts.items())
    arms = "ai = event_e, n1i = n_e, ci = event_c, n2i = n_c"
    return [
        Task(
            name=f"GLMM {model}, {words}, BCG",
            goal=Goal(ratio=reach),
            ours=partial(fit_glmm, effects, model=model),
            prepare=cells,
            metafor=f'rma.glmm(measure = "OR", {arms}, model = "{model}")',
            peers=peers.glmm(counts, model),
        )
        for model, words, reach in (("UM.FS", "unconditional, fixed", 100), ("CM.EL", "conditional, exact", 190))
    ]


def _pictures() -> list[Task]:
    found = []
    for k, reach in ((20, 40), (200, 180)):
        yi, vi = simulated(k)
        pooled = mk.pool(effects_of(yi, vi))
        found.append(
            Task(
                name=f"forest plot to SVG, k = {k}",
                goal=Goal(milliseconds=reach),
                ours=partial(_drawn, pooled),
                prepare=_data(yi, vi) + "; m <- rma(yi, vi)",
                metafor=f"svg(tempfile(), height = {5 + k / 5}); forest(m); invisible(dev.off())",
                peers=peers.forest(yi, vi),
            )
        )
    return found


def _drawn(pooled: mk.Pooled) -> str:
    return mk.forest(pooled).svg()


def _cold_starts() -> list[Task]:
    """Processes from cold; their CPU time is that of the child."""
    sheet = _sheet(Path(mkdtemp(prefix="metak2-bench-")))
    commands = (
        ("import metak2", 100, [sys.executable, "-c", "import metak2"]),
        ("metak2 --help", 300, [sys.executable, "-m", "metak2", "--help"]),
        ("metak2 pool file.csv", 500, [sys.executable, "-m", "metak2", "pool", str(sheet), "--measure", "RR"]),
    )
    return [
        Task(
            name=f"cold: {name}",
            goal=Goal(milliseconds=reach),
            ours=partial(subprocess.run, command, capture_output=True, check=True),
            metafor='system2("Rscript", c("-e", shQuote("suppressMessages(library(metafor))")))',
        )
        for name, reach, command in commands
    ]


def _sheet(folder: Path) -> Path:
    """The thirteen trials as a wide sheet."""
    path = folder / "bcg.csv"
    rows = zip(*BCG.values(), strict=True)
    lines = [",".join(["study", *BCG]), *(f"Trial {at},{','.join(map(str, row))}" for at, row in enumerate(rows, 1))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
