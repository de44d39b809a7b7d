"""What R's printed result holds, from the kernels: for comparison with the golden cases."""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import Fit
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.pooling import common_effect, random_effects, weighted_average
from metak2.kernels.tau2 import (
    dersimonian_laird,
    generalised_moments,
    hedges,
    hunter_schmidt,
    hunter_schmidt_corrected,
    maximum_likelihood,
    median_generalised_moments,
    median_paule_mandel,
    paule_mandel,
    restricted_maximum_likelihood,
    sidik_jonkman,
)
from metak2.kernels.tau2_errors import (
    se_dersimonian_laird,
    se_generalised_moments,
    se_hedges,
    se_hunter_schmidt,
    se_hunter_schmidt_corrected,
    se_maximum_likelihood,
    se_paule_mandel,
    se_restricted_maximum_likelihood,
    se_sidik_jonkman,
)

Array = NDArray[np.float64]

ESTIMATORS = {
    "DL": dersimonian_laird,
    "HE": hedges,
    "HS": hunter_schmidt,
    "HSk": hunter_schmidt_corrected,
    "SJ": sidik_jonkman,
    "PM": paule_mandel,
    "PMM": median_paule_mandel,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
}
WEIGHTED = {"GENQ": generalised_moments, "GENQM": median_generalised_moments}
SAME_AS_PM = ("EB", "SJIT", "DLIT")  # other names of R for the root of the same equation
ERRORS = {
    "DL": se_dersimonian_laird,
    "HE": se_hedges,
    "HS": se_hunter_schmidt,
    "HSk": se_hunter_schmidt_corrected,
    "SJ": se_sidik_jonkman,
    "PM": se_paule_mandel,
    "PMM": se_paule_mandel,
    "ML": se_maximum_likelihood,
    "REML": se_restricted_maximum_likelihood,
}


def tau2_and_error(method: str, yi: Array, vi: Array, mi: Array, ai: Array | None) -> tuple[Array, Array]:
    """tau2 and its standard error by one of R's names of methods; `ai` are the weights of GENQ and GENQM."""
    if method in WEIGHTED:
        assert ai is not None
        tau2, _ = WEIGHTED[method](yi, vi, mi, ai)
        return tau2, se_generalised_moments(yi, vi, mi, tau2, ai)
    name = "PM" if method in SAME_AS_PM else method
    tau2, _ = ESTIMATORS[name](yi, vi, mi)
    return tau2, ERRORS[name](yi, vi, mi, tau2)


def fit(method: str, yi: Array, vi: Array, mi: Array, ai: Array | None = None) -> Fit:
    """Pool by one of R's names of methods, with the weights `ai` where there are any."""
    if method in {"EE", "FE"}:
        pooled = common_effect(yi, vi, mi)
    elif method in WEIGHTED:
        assert ai is not None
        pooled = random_effects(yi, vi, mi, *WEIGHTED[method](yi, vi, mi, ai))
    else:
        pooled = random_effects(yi, vi, mi, *ESTIMATORS["PM" if method in SAME_AS_PM else method](yi, vi, mi))
    return pooled if ai is None else weighted_average(yi, vi, mi, ai, pooled)


def standard_error(pooled: Fit, test: str) -> Array:
    """The standard error that R uses for the test; a single study keeps its own."""
    chosen = {"knha": pooled.se_hk, "adhoc": np.fmax(pooled.se_hk, pooled.se)}.get(test, pooled.se)
    return np.where(pooled.k == 1, pooled.se, chosen)


def freedom(pooled: Fit, test: str) -> Array:
    """Degrees of freedom of the test; infinite where R uses the normal distribution."""
    return np.where((pooled.k > 1) & (test != "z"), pooled.k - 1, np.inf)


def printed(pooled: Fit, *, test: str, level: float) -> dict[str, Array]:
    """The fields that R prints, by one name each; `level` in per cent."""
    se, df = standard_error(pooled, test), freedom(pooled, test)
    low, high = t_interval(pooled.estimate, se, df, level=level / 100)
    return {
        "k": pooled.k,
        "estimate": pooled.estimate,
        "se": se,
        "stat": pooled.estimate / se,
        "pval": t_pval(pooled.estimate / se, df),
        "ci_lb": low,
        "ci_ub": high,
        "Q": pooled.Q,
        "Q_df": pooled.Q_df,
        "Q_p": q_pval(pooled.Q, pooled.Q_df),
        "tau2": pooled.tau2,
        "I2": pooled.I2,
        "H2": pooled.H2,
        "vt": pooled.vt,
        "weights": pooled.weights[0],
    }


# The names under which R's functions file the same numbers.
RMA_UNI = {
    "beta": "estimate", "se": "se", "stat": "stat", "pval": "pval", "ci_lb": "ci_lb", "ci_ub": "ci_ub", "QE": "Q",
    "QE_df": "Q_df", "QE_p": "Q_p", "tau2": "tau2", "I2": "I2", "H2": "H2", "vt": "vt",
    "weights_pct": "weights", "k": "k",
}  # fmt: skip
RMA_MH = RMA_UNI | {"estimate": "estimate"}
REPEATED = {
    "estimate": "estimate", "se": "se", "stat": "stat", "pval": "pval", "ci_lb": "ci_lb", "ci_ub": "ci_ub", "Q": "Q",
    "Qp": "Q_p", "tau2": "tau2", "I2": "I2", "H2": "H2",
}  # fmt: skip


def limits_of_the_share(yi: Array, vi: Array, tau2: float) -> list[float]:
    """The 95 % limits of Rb as R's meta prints them: two values of tau2 in one formula.

    The slope of Rb stands at the DerSimonian-Laird tau2 without its bound at 0, which may be negative; Rb itself and
    the variance of Q stand at the tau2 that is reported, by whichever estimator.
    """
    held = 1 / vi
    first, second, third = (float((held**power).sum()) for power in (1, 2, 3))
    spread = first - second / first
    Q = float((held * (yi - np.average(yi, weights=held)) ** 2).sum())
    unbounded = (Q - (vi.size - 1)) / spread
    var_q = 2 * (vi.size - 1) + 4 * spread * tau2 + 2 * (second - 2 * third / first + second**2 / first**2) * tau2**2
    half = 1.959963984540054 * float(np.mean(vi / (vi + unbounded) ** 2)) * float(np.sqrt(var_q)) / spread
    share = float(np.mean(tau2 / (vi + tau2)))
    return [max(share - half, 0.0), min(share + half, 1.0)]
