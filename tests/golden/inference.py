"""What R's printed result holds, from the kernels: for comparison with the golden cases."""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import Fit
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval, t_pval
from metak2.kernels.pooling import common_effect, random_effects
from metak2.kernels.tau2 import dersimonian_laird, maximum_likelihood, paule_mandel, restricted_maximum_likelihood

Array = NDArray[np.float64]

ESTIMATORS = {
    "DL": dersimonian_laird,
    "PM": paule_mandel,
    "ML": maximum_likelihood,
    "REML": restricted_maximum_likelihood,
}


def fit(method: str, yi: Array, vi: Array, mi: Array) -> Fit:
    """Pool by one of R's names of methods."""
    if method in {"EE", "FE"}:
        return common_effect(yi, vi, mi)
    return random_effects(yi, vi, mi, *ESTIMATORS[method](yi, vi, mi))


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
