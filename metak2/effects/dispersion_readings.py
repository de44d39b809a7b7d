"""A ± that its source does not name, read as an SD and as a standard error: METHODS section 4 wants both."""

from typing import Literal

import numpy as np
from scipy.special import stdtr

from metak2.kernels.contract import FloatArray
from metak2.studies.table import StudyTable

Kind = Literal["SD", "SEM"]


def people_behind(studies: StudyTable) -> FloatArray:
    """The people analysed in each arm, (2, k), e first; where the source does not say, those randomised."""
    alike = "n_randomised_e" not in studies.columns
    randomised = [studies.numbers("n_randomised" if alike else f"n_randomised_{arm}") for arm in "ec"]
    analysed = np.stack([studies.numbers(f"n_{arm}") for arm in "ec"])
    return np.where(np.isnan(analysed), np.stack(randomised), analysed)


def dispersion_read_as(kind: Kind, studies: StudyTable) -> tuple[FloatArray, FloatArray]:
    """Standard error of the difference in means, (k,), and the p value of its t test on n₁ + n₂ − 2 df, (k,).

    `kind` is what ± is taken for in both arms; people as in `people_behind`.
    """
    n = people_behind(studies)
    mean = np.stack([studies.numbers(f"mean_{arm}") for arm in "ec"])
    spread = np.stack([studies.numbers(f"dispersion_{arm}") for arm in "ec"])
    se = np.hypot(*(spread if kind == "SEM" else spread / np.sqrt(n)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return se, np.asarray(2 * stdtr(n.sum(axis=0) - 2, -np.abs(mean[0] - mean[1]) / se))
