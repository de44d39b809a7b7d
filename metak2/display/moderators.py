"""What a meta-regression explains and which studies carry an answer, as sentences."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from metak2.display.listing import listed
from metak2.display.numbers import equation, fixed, interval, p_value, percent, significant
from metak2.display.sentences import coverage, studies
from metak2.models.regression_result import Regression, Wald
from metak2.robustness.influence import Influence

REASONS = {"dffits": "DFFITS", "cook_d": "Cook’s distance", "hat": "leverage", "dfbetas": "DFBETAS"}


def moderators(result: Regression, heads: Mapping[str, str] = MappingProxyType({})) -> str:
    """What the moderators explain, whether they explain more than chance, and what they leave; `heads` names them."""
    common = result.choices.method.model == "common effect"
    one = len(result.QM.tested) == 1
    tested = tuple(heads.get(name, name) for name in result.QM.tested)
    named = f"moderator {tested[0]}" if one else f"moderators ({listed(tested)})"
    spread = "variance" if common else "between-study variance τ²"
    explained = (
        "" if np.isnan(result.R2) else f" explain{'s' if one else ''} {percent(result.R2, 1)} of the {spread} and"
    )
    opening = f"Over {studies(result.k)} the {named}{explained} {'is' if one else 'are'} tested by {wald(result.QM)}."
    if common:
        left = f"I² {percent(result.I2, 1)}"
    else:
        low, high = result.tau2_ci
        limits = f" ({coverage(result.level)} CI {interval(low, high, 3)})" if np.isfinite(low) else ""
        left = f"τ² {significant(result.tau2)}{limits}, I² {percent(result.I2, 1)}"
    test = f"{equation('Q', fixed(result.QE, 2))}, {equation('df', str(result.QE_df))}, {p_value(result.QE_pval)}"
    return f"{opening} Left between the studies: {left} ({test})."


def wald(test: Wald) -> str:
    """A Wald test as F or chi-squared with its degrees of freedom and p value."""
    if np.isfinite(test.df_residual):
        on = f"F({test.df}, {fixed(test.df_residual, 0)})"
        return f"{equation(on, fixed(test.statistic, 2))}, {p_value(test.pval)}"
    chi2, degrees = equation("chi²", fixed(test.statistic, 2)), equation("df", str(test.df))
    return f"{chi2}, {degrees}, {p_value(test.pval)}"


def influential(result: Influence) -> str:
    """The studies that break a rule of thumb, with the rules."""
    rules = (
        "|DFFITS| > 3√(p/(k − p)), Cook’s distance beyond the median of χ² with p df, leverage > 3p/k, |DFBETAS| > 1"
    )
    named = [
        f"{study} ({', '.join(REASONS[reason] for reason in reasons)})"
        for study, reasons in zip(result.study, result.reasons, strict=True)
        if reasons
    ]
    if not named:
        return f"No study breaks one of the rules of thumb for influence ({rules})."
    return f"By the rules of thumb for influence ({rules}) these studies stand out: {'; '.join(named)}."
