"""Effects that share an arm: their correlation from its counts or means, or as if arms were equally large."""

import numpy as np
from numpy.typing import NDArray

from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.shared_arms import OF_COUNTS, Arms, of_log_mean, of_mean, standardised_covariance

STANDARDISED = "SMD"
Words = NDArray[np.str_]


def arm_correlation(effects: EffectSizes, rows: IntArray, experimental: Words, control: Words) -> FloatArray:
    """Correlations of some effects by the arms they share, `(n, n)`: 0 for none, 1 for both.

    `experimental` and `control` name the arms of these rows.
    """
    same_e, same_c = (one[:, None] == one for one in (experimental, control))
    crossed = experimental[:, None] == control
    share = contributions(effects, rows)
    part = np.full(rows.size, 0.5) if share is None else share.control / (share.experimental + share.control)
    part = np.where(np.isfinite(part), part, 0.5)
    e, c = np.sqrt(1 - part), np.sqrt(part)
    made = same_e * np.outer(e, e) + same_c * np.outer(c, c) - crossed * np.outer(e, c) - crossed.T * np.outer(c, e)
    if effects.measure.name == STANDARDISED and "n_e" in effects.data:
        made = np.where(same_c & ~same_e, _standardised(effects, rows, experimental), made)
    return np.where(same_e & same_c, 1.0, made)


def contributions(effects: EffectSizes, rows: IntArray) -> Arms | None:
    """What each arm contributes to the variances, NaN where not reported; None where measure or data have no rule."""
    data = {name: np.asarray(values[rows], dtype=np.float64) for name, values in effects.data.items()}
    name = effects.measure.name
    if name in OF_COUNTS and "event_e" in data:
        made = _of_counts(effects, data)
    elif name in {"MD", STANDARDISED} and "sd_e" in data:
        sd = [np.ones(rows.size) if name == STANDARDISED else data[f"sd_{side}"] for side in "ec"]
        made = [of_mean(sd[at], data[f"n_{side}"]) for at, side in enumerate("ec")]
    elif name == "ROM" and "sd_e" in data:
        made = [of_log_mean(data[f"mean_{side}"], data[f"sd_{side}"], data[f"n_{side}"]) for side in "ec"]
    else:
        return None
    return Arms(*made)


def _of_counts(effects: EffectSizes, data: dict[str, FloatArray]) -> list[FloatArray]:
    rule = OF_COUNTS[effects.measure.name]
    if "time_e" in data:
        return [rule(data[f"event_{side}"], data[f"time_{side}"]) for side in "ec"]
    cells = [data["event_e"], data["n_e"] - data["event_e"], data["event_c"], data["n_c"] - data["event_c"]]
    zero = np.any(np.array(cells) == 0, axis=0)
    if effects.zero_cells is not None and zero.any():
        corrected = effects.zero_cells.correct(*cells)
        cells = [np.asarray(one, dtype=np.float64) for one in corrected[:4]]
    with np.errstate(divide="ignore", invalid="ignore"):
        return [rule(cells[at], cells[at] + cells[at + 1]) for at in (0, 2)]


def _standardised(effects: EffectSizes, rows: IntArray, experimental: Words) -> FloatArray:
    """Of standardised mean differences with one control: Gleser & Olkin's covariance over their large-sample variances.

    The people of an arm count once, however many effects it is in.
    """
    d, n_e, n_c = effects.yi[rows], effects.data["n_e"][rows], effects.data["n_c"][rows]
    _, once = np.unique(experimental, return_index=True)
    total = n_c + n_e[once].sum()
    covariance = standardised_covariance(d[:, None], d, n_c, total)
    own = np.sqrt(1 / n_e + 1 / n_c + d**2 / (2 * (n_e + n_c)))
    return np.asarray(covariance / np.outer(own, own))
