"""Prediction limits of a batch of fits at once, by the rules that need no simulation."""

from types import MappingProxyType

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import prediction_interval
from metak2.models.conventions import PREDICTIONS, Prediction
from metak2.models.rows import Rows

PREDICTED = MappingProxyType({name: label for name, label in PREDICTIONS.items() if name != "bootstrap"})


def prediction_limits(rows: Rows, rule: Prediction, *, level: float) -> tuple[FloatArray, FloatArray]:
    """Where the effect of a new study lies, `(rows,)`; NaN below three studies (METHODS section 2) and for "none"."""
    fit = rows.fit
    lost = {"t(k-1)": 1.0, "t(k-2)": 2.0}.get(rule.removesuffix(" Wald"))
    df = fit.k - lost if lost else rows.df if rule == "as test" else np.full(fit.k.shape, np.inf)
    se = fit.se if rule.endswith("Wald") else rows.se
    low, high = prediction_interval(fit.estimate, se, fit.tau2, df, level=level)
    known = (fit.k >= 3) & (rule != "none")
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
