"""How many unseen null studies would undo a result, and whether more studies are significant than power allows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels import excess_significance as excess
from metak2.kernels.contract import FloatArray
from metak2.kernels.failsafe import orwin, rosenberg, rosenthal
from metak2.kernels.pooling import common_effect
from metak2.models.pooled import Pooled
from metak2.robustness.seen_studies import FEW, seen_studies
from metak2.shown import Shown

Rule = Literal["rosenthal", "rosenberg", "orwin"]
RULES: tuple[Rule, ...] = ("rosenthal", "rosenberg", "orwin")
REFERENCES = {
    "rosenthal": "Rosenthal 1979, Psychol Bull 86:638-641",
    "rosenberg": "Rosenberg 2005, Evolution 59:464-468",
    "orwin": "Orwin 1983, J Educ Stat 8:157-159",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FailSafeN(Shown):
    """Number of null studies that would undo the result; infinite where none would suffice.

    `pval` is the observed p value by the rule (None for Orwin), `mean` its mean effect (None for Rosenthal), `target`
    the effect or p value aimed at.
    """

    rule: Rule
    base: Pooled
    number: float
    k: int
    pval: float | None
    mean: float | None
    target: float
    reference: str
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExcessSignificance(Shown):
    """Observed and expected numbers of significant studies; `theta` is the effect that gives each study its `power`.

    `statistic` is chi-squared with 1 degree of freedom (None for the other tests); `pval` tests an excess.
    """

    base: Pooled
    k: int
    observed: int
    expected: float
    ratio: float
    theta: float
    power: FloatArray
    test: excess.Test
    alternative: excess.Alternative
    alpha: float
    statistic: float | None
    pval: float
    notes: tuple[Note, ...]

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure


def fail_safe_n(
    pooled: Pooled, *, rule: Rule = "rosenthal", alpha: float = 0.05, target: float | None = None, weighted: bool = True
) -> FailSafeN:
    """Fail-safe N. Kept for readers who are asked for it: the Cochrane Handbook advises against it.

    Parameters
    ----------
    rule
        "rosenthal" (Stouffer's one-sided p), "rosenberg" (common effect, two-sided p) or "orwin" (mean effect).
    target, weighted
        Of Orwin's rule: the mean effect aimed at (default half the observed one), and whether means are weighted.
    """
    if rule not in RULES:
        raise UnknownOptionError("rule", rule, RULES)
    if not 0 < alpha < 0.5:
        raise ModelError(f"alpha is a level of significance, such as 0.05; got {alpha}")
    seen = seen_studies(pooled, least=1, what="fail-safe N")
    pval: float | None = None
    mean: float | None = None
    aim = alpha
    if rule == "rosenthal":
        number, pval = rosenthal(seen.yi, seen.vi, alpha)
    elif rule == "rosenberg":
        number, mean, pval = rosenberg(seen.yi, seen.vi, alpha)
    else:
        number, mean, aim = orwin(seen.yi, seen.vi, target, weighted=weighted)
    return FailSafeN(
        rule=rule,
        base=pooled,
        number=number,
        k=seen.k,
        pval=pval,
        mean=mean,
        target=aim,
        reference=REFERENCES[rule],
        notes=(Note(code="FAILSAFE_DISCOURAGED"),),
    )


def excess_significance(
    pooled: Pooled,
    *,
    test: excess.Test | None = None,
    alternative: excess.Alternative | None = None,
    alpha: float = 0.05,
    null: float = 0.0,
) -> ExcessSignificance:
    """The test of excess significance under the common effect of the studies.

    Parameters
    ----------
    test
        "chi2", "binomial" or "exact" (each study with its own power). Default: exact.
    alternative
        When a study is significant: "two-sided", "greater" or "less". Default: one-sided to the side of the mean.
    alpha, null
        Level of significance of a study; the value of no effect on the analysis scale.
    """
    chosen = test or "exact"
    if chosen not in {"chi2", "binomial", "exact"}:
        raise UnknownOptionError("test", chosen, ("chi2", "binomial", "exact"))
    if alternative not in {None, "two-sided", "greater", "less"}:
        raise UnknownOptionError("alternative", alternative, ("two-sided", "greater", "less"))
    seen = seen_studies(pooled, least=2, what="the test of excess significance")
    theta = float(common_effect(seen.yi[None], seen.vi[None], np.ones((1, seen.k))).estimate[0])
    side: excess.Alternative = alternative or ("greater" if theta > null else "less")
    error = np.sqrt(seen.vi)
    chances = excess.power((theta - null) / error, alpha, side)
    observed = int(excess.significant((seen.yi - null) / error, alpha, side).sum())
    expected = float(chances.sum())
    statistic, pval = None, np.nan
    if chosen == "chi2":
        statistic, pval = excess.chi_squared(observed, chances)
    else:
        pval = (excess.binomial_pval if chosen == "binomial" else excess.exact_pval)(observed, chances)
    caveats = [Note(code="EXCESS_FEW", values={"k": seen.k})] if seen.k < FEW else []
    if pooled.I2 > 50:
        caveats.append(Note(code="EXCESS_HETEROGENEOUS", values={"I2": pooled.I2}))
    return ExcessSignificance(
        base=pooled,
        k=seen.k,
        observed=observed,
        expected=expected,
        ratio=observed / expected if expected else np.nan,
        theta=theta,
        power=chances,
        test=chosen,
        alternative=side,
        alpha=alpha,
        statistic=statistic,
        pval=pval,
        notes=tuple(caveats),
    )
