"""The same work in the Python peers that are installed; none is needed."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.task import Peer

DISTRIBUTIONS = ("statsmodels", "pymare", "pimeta", "PyMetaAnalysis", "metapipe-kit")


def one_fit(yi: np.ndarray, vi: np.ndarray) -> dict[str, Peer]:
    """REML (statsmodels: Paule–Mandel, the nearest it has)."""
    peers: dict[str, Peer] = {}
    if find_spec("statsmodels"):
        combine = import_module("statsmodels.stats.meta_analysis").combine_effects
        peers["statsmodels (PM)"] = Peer(call=lambda: combine(yi, vi, method_re="iterated").summary_frame())
    if find_spec("pymare"):
        estimator = import_module("pymare.estimators").VarianceBasedLikelihoodEstimator
        y, v, x = yi[:, None], vi[:, None], np.ones((yi.size, 1))
        peers["PyMARE"] = Peer(call=lambda: estimator(method="REML").fit(y=y, v=v, X=x).summary().get_fe_stats())
    if find_spec("pimeta"):
        peers["pimeta"] = Peer(call=partial(_pimeta_fit, import_module("pimeta"), yi, vi))
    if find_spec("meta_analyze"):
        peers["PyMetaAnalysis"] = Peer(call=partial(_pymetaanalysis, yi, vi))
    if find_spec("metapipe"):
        pooled = import_module("metapipe.models").random_effects
        effects, variances = yi.tolist(), vi.tolist()
        peers["metapipe"] = Peer(call=lambda: pooled(effects, variances, tau_method="reml"))
    return peers


def _pimeta_fit(pimeta: Any, yi: np.ndarray, vi: np.ndarray) -> object:  # noqa: ANN401 - a module that may not be here
    fitted = pimeta.rma(yi, vi, method="REML", test="knha")
    return pimeta.confint(fitted), pimeta.predict(fitted)


def _pymetaanalysis(yi: np.ndarray, vi: np.ndarray) -> Any:  # noqa: ANN401 - a result of a package that may not be here
    return import_module("meta_analyze").meta_analysis(effect=yi, variance=vi, tau2_method="REML")


def leave_one_out(yi: np.ndarray, vi: np.ndarray, *, influence: bool) -> dict[str, Peer]:
    """Leave-one-out by REML, with the influence diagnostics where there are any."""
    peers: dict[str, Peer] = {}
    if find_spec("pimeta"):
        pimeta = import_module("pimeta")
        peers["pimeta"] = Peer(
            call=lambda: (pimeta.leave1out(yi, vi, method="REML"), influence and pimeta.influence(yi, vi))
        )
    if find_spec("meta_analyze") and not influence:
        fitted = _pymetaanalysis(yi, vi)
        peers["PyMetaAnalysis"] = Peer(call=fitted.leave_one_out)
    return peers


def all_subsets(yi: np.ndarray, vi: np.ndarray, method: str) -> dict[str, Peer]:
    """GOSH of closed forms."""
    if not find_spec("pimeta"):
        return {}
    gosh = import_module("pimeta").gosh
    return {"pimeta": Peer(call=partial(gosh, yi, vi, method=method))}


def drawn_studies(yi: np.ndarray, vi: np.ndarray) -> dict[str, Peer]:
    """tau² by REML of 1,000 samples of the studies, drawn with replacement."""
    drawn = np.random.default_rng(1).integers(0, yi.size, (yi.size, 1000))
    return _taus(yi[drawn], vi[drawn])


def drawn_effects(yi: np.ndarray, vi: np.ndarray, tau2: float) -> dict[str, Peer]:
    """tau² by REML of 1,000 samples of effects from the model."""
    spread = np.sqrt(vi + tau2)[:, None]
    drawn = np.random.default_rng(1).normal(yi.mean(), spread, (yi.size, 1000))
    return _taus(drawn, np.broadcast_to(vi[:, None], drawn.shape).copy())


def _taus(y: np.ndarray, v: np.ndarray) -> dict[str, Peer]:
    """tau² of each column, `(k, samples)`."""
    peers: dict[str, Peer] = {}
    if find_spec("pymare"):
        estimator = import_module("pymare.estimators").VarianceBasedLikelihoodEstimator
        x = np.ones((y.shape[0], 1))
        peers["PyMARE"] = Peer(call=lambda: estimator(method="REML").fit(y=y, v=v, X=x))
    if find_spec("pimeta"):
        rma = import_module("pimeta").rma
        peers["pimeta *"] = Peer(call=lambda: [rma(y[:, at], v[:, at]) for at in range(50)], share=y.shape[1] / 50)
    if find_spec("meta_analyze"):
        peers["PyMetaAnalysis *"] = Peer(
            call=lambda: [_pymetaanalysis(y[:, at], v[:, at]) for at in range(50)], share=y.shape[1] / 50
        )
    return peers


def permuted_moderator(yi: np.ndarray, vi: np.ndarray, moderator: np.ndarray, draws: int) -> dict[str, Peer]:
    """The permutation test of a meta-regression by REML."""
    peers: dict[str, Peer] = {}
    x = np.column_stack([np.ones(yi.size), moderator])
    if find_spec("pymare"):
        dataset = import_module("pymare").Dataset(y=yi, v=vi, X=moderator[:, None], add_intercept=True)
        estimator = import_module("pymare.estimators").VarianceBasedLikelihoodEstimator(method="REML")
        fitted = estimator.fit_dataset(dataset).summary()
        peers["PyMARE"] = Peer(call=lambda: fitted.permutation_test(n_perm=draws))
    if find_spec("pimeta"):
        pimeta = import_module("pimeta")
        regression = pimeta.rma(yi, vi, mods=x[:, 1:], method="REML")
        peers["pimeta *"] = Peer(call=lambda: pimeta.permutest(regression, iter=100, seed=1), share=draws / 100)
    return peers


def many(yi: np.ndarray, vi: np.ndarray, k: np.ndarray) -> dict[str, Peer]:
    """REML of many meta-analyses of `k` studies each, one after the other in `yi` and `vi`.

    PyMARE takes those of one size together (no Hartung–Knapp interval); the others take them one by one.
    """
    peers: dict[str, Peer] = {}
    start = np.cumsum(k) - k
    if find_spec("pymare"):
        estimator = import_module("pymare.estimators").VarianceBasedLikelihoodEstimator
        peers["PyMARE (no Hartung–Knapp)"] = Peer(call=lambda: _pymare_by_size(estimator, yi, vi, k))
    first = [slice(at, at + size) for at, size in zip(start[:40].tolist(), k[:40].tolist(), strict=True)]
    share = k.size / len(first)
    one_by_one: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], object]]] = {
        "pimeta *": ("pimeta", lambda y, v: _pimeta_fit(import_module("pimeta"), y, v)),
        "PyMetaAnalysis *": ("meta_analyze", _pymetaanalysis),
    }
    for name, (module, fit) in one_by_one.items():
        if find_spec(module):
            peers[name] = Peer(call=partial(_each, fit, yi, vi, first), share=share)
    return peers


def _each(
    fit: Callable[[np.ndarray, np.ndarray], object], yi: np.ndarray, vi: np.ndarray, parts: list[slice]
) -> list[object]:
    return [fit(yi[part], vi[part]) for part in parts]


def _pymare_by_size(estimator: Any, yi: np.ndarray, vi: np.ndarray, k: np.ndarray) -> None:  # noqa: ANN401 - may not be here
    start = np.cumsum(k) - k
    for size in np.unique(k):
        rows = start[k == size] + np.arange(size)[:, None]
        fitted = estimator(method="REML").fit(y=yi[rows], v=vi[rows], X=np.ones((size, 1)))
        fitted.summary().get_fe_stats()


def forest(yi: np.ndarray, vi: np.ndarray) -> dict[str, Peer]:
    """A forest plot to SVG."""
    peers: dict[str, Peer] = {}
    if find_spec("meta_analyze"):
        fitted = _pymetaanalysis(yi, vi)
        peers["PyMetaAnalysis"] = Peer(call=lambda: _to_svg(fitted.forest()))
    return peers


def _to_svg(drawn: Any) -> None:  # noqa: ANN401 - Figure, Axes, or a pair of both
    import io  # noqa: PLC0415 - with matplotlib, for this one task

    import matplotlib.pyplot as plt  # noqa: PLC0415 - as above

    part = drawn[0] if isinstance(drawn, tuple) else drawn
    getattr(part, "figure", part).savefig(io.StringIO(), format="svg")
    plt.close("all")


def glmm(counts: dict[str, np.ndarray], model: str) -> dict[str, Peer]:
    """The GLMM with fixed study effects; no peer has the exact conditional one."""
    if not find_spec("pimeta") or model != "UM.FS":
        return {}
    fit = import_module("pimeta").rma_glmm
    a, c = counts["event_e"], counts["event_c"]
    return {"pimeta": Peer(call=lambda: fit("OR", ai=a, bi=counts["n_e"] - a, ci=c, di=counts["n_c"] - c))}
