"""Data that break models, the models that must not break silently, and what an honest answer looks like."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import metak2 as mk
from metak2.kernels.regression_tau2 import ESTIMATORS
from metak2.models.conventions import TESTS
from metak2.models.count_data import CountData
from metak2.models.methods import METHODS
from metak2.robustness.bootstrap import KINDS as KINDS_OF_BOOTSTRAP
from metak2.robustness.gosh import Gosh
from metak2.robustness.selection import KINDS

Call = Callable[[], object]

VARYING = [0.1, 0.3, -0.2, 0.5, 0.2]
EFFECTS: dict[str, tuple[list[float], list[float]]] = {
    "no study": ([], []),
    "one study": ([0.5], [0.1]),
    "two studies": ([0.5, -0.2], [0.1, 0.2]),
    "two equal studies": ([0.3, 0.3], [0.1, 0.1]),
    "three studies": ([0.1, 0.9, -0.4], [0.1, 0.2, 0.3]),
    "equal effects": ([0.3] * 6, [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
    "equal effects and variances": ([0.3] * 6, [0.1] * 6),
    "one enormous variance": (VARYING, [0.1, 0.2, 0.1, 0.3, 1e12]),
    "one tiny variance": (VARYING, [0.1, 0.2, 0.1, 0.3, 1e-14]),
    "far from zero": ([1e8, 1e8 + 1, 1e8 + 2, 1e8 - 1], [0.1, 0.2, 0.1, 0.3]),
}
Arms = tuple[list[int], list[int], list[int], list[int]]
COUNTS: dict[str, Arms] = {
    "no study": ([], [], [], []),
    "one study": ([1], [10], [3], [10]),
    "two studies": ([1, 2], [10, 20], [3, 4], [10, 20]),
    "no event anywhere": ([0] * 4, [10] * 4, [0] * 4, [12] * 4),
    "nothing but events": ([10] * 4, [10] * 4, [12] * 4, [12] * 4),
    "an arm without events": ([0] * 4, [10] * 4, [2, 3, 1, 4], [12] * 4),
    "no events or nothing else": ([0, 0, 10, 10], [10] * 4, [3, 4, 3, 4], [10] * 4),
    "events in one arm or the other": ([0, 3, 0, 2], [10] * 4, [3, 0, 2, 0], [10] * 4),
    "one event": ([1, 0, 0], [50] * 3, [0, 0, 0], [50] * 3),
    "equal tables": ([3] * 5, [10] * 5, [5] * 5, [10] * 5),
    "one giant study": ([3, 4, 3_000], [10, 20, 10**4], [5, 3, 3_100], [10, 20, 10**4]),
}
# Numbers that a model does not have, whatever the data; their docstrings say so.
NOT_DEFINED = {
    "se_tau2", "sigma2", "rho", "vt", "R2", "df", "tau2", "I2", "I2_from_tau2", "I2_ci", "H2_ci", "tau2_ci", "Q_lrt",
    "Q_lrt_pval", "Q_wald", "Q_wald_pval", "pi", "prediction_df", "se_tau2_ml", "limit", "held",
}  # fmt: skip
INPUTS = {"effects", "base", "choices", "data", "whole", "measure", "asked", "overall", "selection"}
WAY_OUT = (
    "use ", "draw them", "give ", "compare ", "look at", "choose ", "show ", "is the answer", "needs ", "leave ",
    "instead", "exact_odds_ratio()", "is that study", "there is no variance inflation", "not all 0", "present it alone",
)  # fmt: skip


def effects(name: str) -> mk.EffectSizes:
    """The effect sizes of that name, with moderators that vary, are constant, or separate one study."""
    yi, vi = EFFECTS[name]
    k = len(yi)
    words = {"group": (["a", "b"] * k)[:k], "alone": ["a"] * (k - 1) + ["b"] * (k > 0)}
    columns: dict[str, Any] = {column: np.array(values, dtype=object) for column, values in words.items()}
    columns |= {"year": 1990.0 + np.arange(k), "same": np.ones(k)}
    return replace(mk.effects_from(yi, vi=vi, study=[f"study {i}" for i in range(k)]), moderators=columns)


def counts(name: str, kind: str = "counts") -> CountData:
    """The counts of that name, as two-by-two tables, rates, proportions or single rates."""
    columns = {
        "counts": ("event_e", "n_e", "event_c", "n_c"), "rates": ("event_e", "time_e", "event_c", "time_c"),
        "proportions": ("event", "n"), "single rates": ("event", "person_time"),
    }[kind]  # fmt: skip
    return mk.count_data(**dict(zip(columns, COUNTS[name], strict=False)))


def table(name: str) -> mk.StudyTable:
    """The counts of that name as a study table."""
    data = counts(name)
    return mk.StudyTable(source="made up", kind="counts", study=data.study, columns=dict(data.columns), cells={})


def pools(name: str) -> Iterator[tuple[str, Call]]:
    """Every method, test, prediction and interval of tau2."""
    sizes = effects(name)
    weights = [1.0 + i for i in range(len(sizes))]
    for method in METHODS:
        more: dict[str, Any] = {"weights": weights} if method.startswith("GENQ") else {}
        for convention in ("metak2", "metafor"):
            yield f"{method} {convention}", partial(mk.pool, sizes, method=method, convention=convention, **more)
    for test in TESTS:
        yield f"test {test}", partial(mk.pool, sizes, method="REML", test=test, convention="metafor")  # type: ignore[arg-type] # a documented word
    for prediction in ("t(k-1)", "t(k-2)", "z", "as test", "t(k-2) Wald", "none"):
        yield f"prediction {prediction}", partial(mk.pool, sizes, convention="metafor", prediction=prediction)
    for interval in ("Q-profile", "BJ", "J", "PL"):
        yield f"interval {interval}", partial(mk.pool, sizes, convention="metafor", tau2_interval=interval)


def regressions(name: str) -> Iterator[tuple[str, Call]]:
    """Every estimator with moderators, location-scale models, subgroups."""
    sizes = effects(name)
    weights = [1.0 + i for i in range(len(sizes))]
    for formula in ("year", "same", "C(group)", "C(alone)", "year + C(group)"):
        for method in (*ESTIMATORS, "CE"):
            more: dict[str, Any] = {"weights": weights} if method.startswith("GENQ") else {}
            yield f"{method} {formula}", partial(mk.regress, sizes, formula, method=method, **more)
        yield f"scale {formula}", partial(mk.regress_scale, sizes, "1", scale=formula)
    yield "subgroups", partial(mk.pool_subgroups, sizes, by="group")


def after_regressions(name: str) -> Iterator[tuple[str, Call]]:
    """Everything that begins with a regression."""
    sizes = effects(name)
    verbs: tuple[Callable[[Any], object], ...] = (
        mk.influence, mk.residuals, mk.inflation, mk.leave_one_out_regression, mk.predict, mk.predict_studies,
    )  # fmt: skip
    for formula in ("year", "same", "C(group)", "C(alone)"):
        for test in ("z", "HK"):
            regress = partial(mk.regress, sizes, formula, method="REML", test=test)  # type: ignore[arg-type] # documented words
            for verb in verbs:
                yield f"{verb.__name__} {formula} {test}", partial(lambda verb, fit: verb(fit()), verb, regress)


def clustered(name: str) -> Iterator[tuple[str, Call]]:
    """Models of several effects a trial: multilevel, robust, Egger's test and selection by clusters."""
    plain = effects(name)
    pairs = np.array([str(i // 2) for i in range(len(plain))], dtype=object)
    sizes = replace(plain, moderators={**plain.moderators, "trial": pairs})
    for formula in ("1", "year", "same", "C(alone)"):
        yield f"multilevel {formula}", partial(mk.multilevel, sizes, "trial", moderators=formula)
    yield "robust", partial(mk.robust, sizes, "trial")
    yield "egger", partial(mk.egger_clustered, sizes, "trial")
    yield "selection", partial(mk.selection_clustered, sizes, "trial", draws=5)


def count_models(name: str) -> Iterator[tuple[str, Call]]:
    """Every model of counts, and the tests of asymmetry for tables."""
    data = counts(name)
    for measure in ("OR", "RR", "RD", "RD, Greenland-Robins"):
        yield f"MH {measure}", partial(mk.fit_mantel_haenszel, data, measure=measure)
    for measure in ("IRR", "IRD"):
        yield f"MH {measure}", partial(mk.fit_mantel_haenszel, counts(name, "rates"), measure=measure)
    yield "Peto", partial(mk.fit_peto, data)
    yield "beta-binomial", partial(mk.fit_beta_binomial, data)
    yield "exact", partial(mk.exact_odds_ratio, data)
    for method in ("ML", "CE"):
        for model in ("UM.FS", "UM.RS", "CM.EL", "CM.AL"):
            yield f"{model} {method}", partial(mk.fit_glmm, data, model=model, method=method)
        for kind in ("rates", "proportions", "single rates"):
            yield f"{kind} {method}", partial(mk.fit_glmm, counts(name, kind), method=method)
    for measure in ("OR", "RR", "RD", "PETO"):
        sizes = mk.effect_sizes(table(name), measure=measure)
        for method in ("REML", "PETO" if measure == "PETO" else "MH"):
            yield f"pool {measure} {method}", partial(mk.pool, sizes, method=method)
        for test in (mk.harbord, mk.peters, mk.macaskill, mk.deeks):
            yield f"{test.__name__} {measure}", partial(lambda test, sizes: test(mk.pool(sizes)), test, sizes)


def checks(name: str) -> Iterator[tuple[str, Call]]:
    """Everything that begins with a pooled effect."""
    pooled = mk.pool(effects(name), method="REML")
    alone: tuple[Callable[[Any], object], ...] = (
        mk.leave_one_out, mk.leave_two_out, mk.influence, mk.residuals, mk.baujat_points, mk.radial_points,
        mk.profile_likelihood_interval, mk.fit_statistics, mk.predict_studies, mk.begg, mk.henmi_copas, mk.pet_peese,
        mk.excess_significance, mk.copas, mk.copas_contour, mk.copas_path, mk.limit_meta_analysis, mk.p_curve,
        mk.p_uniform, mk.egger,
    )  # fmt: skip
    for verb in alone:
        yield verb.__name__, partial(verb, pooled)
    for model in ("lm", "rma"):
        yield f"egger {model}", partial(mk.egger, pooled, model=model)
    for rule in ("rosenthal", "orwin", "rosenberg"):
        yield f"fail-safe {rule}", partial(mk.fail_safe_n, pooled, rule=rule)  # type: ignore[arg-type] # a documented word
    for estimator in ("L0", "R0", "Q0"):
        yield f"trim and fill {estimator}", partial(mk.trim_and_fill, pooled, estimator=estimator)  # type: ignore[arg-type] # as above
    for kind in KINDS:
        yield f"selection {kind}", partial(mk.selection_model, pooled, kind=kind)


def resamplings(name: str) -> Iterator[tuple[str, Call]]:
    """Subsets, bootstraps and permutations, of pooled effects and of regressions."""
    sizes = effects(name)
    for method in ("REML", "CE", "DL"):
        pooled = mk.pool(sizes, method=method)
        yield f"GOSH {method}", partial(mk.gosh, pooled, n=200, seed=1)
        for kind in KINDS_OF_BOOTSTRAP:
            yield f"bootstrap {kind} {method}", partial(mk.bootstrap, pooled, kind=kind, n=200, seed=1)
        yield f"permutation {method}", partial(mk.permutation_test, pooled, draws=200, exact=False)
        for formula in ("year", "C(group)", "C(alone)"):
            regress = partial(mk.regress, sizes, formula, method=method)
            yield f"permutation {formula} {method}", partial(lambda fit: mk.permutation_test(fit(), draws=200), regress)


def undefined(result: object, path: str = "") -> Iterator[str]:
    """The paths of the numbers in a result that are NaN without being undefined for the model."""
    numbers = isinstance(result, float) or (isinstance(result, np.ndarray) and result.dtype.kind == "f")
    if numbers and np.isnan(result).any():
        yield path
    elif isinstance(result, tuple):
        for i, one in enumerate(result):
            yield from undefined(one, f"{path}[{i}]")
    elif isinstance(result, Gosh):
        several = result.k > 1  # one study alone has no Q
        yield from undefined((result.estimate, result.Q[several]), f"{path}.GOSH")
    elif dataclasses.is_dataclass(result):
        an_interval = isinstance(result, mk.Interval)
        for field in dataclasses.fields(result):
            if field.name not in NOT_DEFINED | INPUTS and not (an_interval and field.name == "se"):
                yield from undefined(getattr(result, field.name), f"{path}.{field.name}")
