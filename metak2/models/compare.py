"""Comparison of nested meta-regressions by the likelihood ratio and information criteria."""

from dataclasses import dataclass, replace

import numpy as np

from metak2.effects.notes import Note
from metak2.errors import ModelError
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.regression_rows import redundant_columns
from metak2.models.fit_statistics import Information
from metak2.models.methods import method_named
from metak2.models.regress import fitted
from metak2.models.regression_batch import how_of
from metak2.models.regression_result import Regression
from metak2.shown import Drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelComparison(Drawn):
    """A full against a reduced model of the same studies.

    `LRT` is twice the difference of the log-likelihoods, chi-squared with `df` degrees of freedom under the reduced
    model; `fit_full` and `fit_reduced` hold AIC, BIC and AICc; `R2` is the share of the reduced model's tau2, in per
    cent, that the full one explains (NaN where the reduced has none). `likelihood` is "ML", or "REML" where the
    coefficients are the same and only tau2 differs.
    """

    full: Regression
    reduced: Regression
    likelihood: str
    LRT: float
    df: int
    pval: float
    fit_full: Information
    fit_reduced: Information
    R2: float
    notes: tuple[Note, ...]


def compare(full: Regression, reduced: Regression) -> ModelComparison:
    """The likelihood-ratio test of nested models; models with other coefficients are refitted by ML.

    Raises
    ------
    ModelError
        Other studies, models that are not nested, or the same model twice.
    """
    _require_nested(full, reduced)
    same = full.p == reduced.p
    notes: tuple[Note, ...] = ()
    if same and full.choices.method.name == "REML":
        likelihood, fits = "REML", (full.fit.REML, reduced.fit.REML)
    else:
        again = [_by_ml(one) for one in (full, reduced)]
        if again[0] is not full or again[1] is not reduced:
            notes = (Note(code="REFITTED_BY_ML", values={"method": full.choices.method.name}),)
        full, reduced = again
        likelihood, fits = "ML", (full.fit.ML, reduced.fit.ML)
    df = full.fit.parameters - reduced.fit.parameters
    LRT = 2 * (fits[0].ll - fits[1].ll)
    left = np.nan if reduced.tau2 == 0 else max(0.0, 100 * (reduced.tau2 - full.tau2) / reduced.tau2)
    return ModelComparison(
        full=full,
        reduced=reduced,
        likelihood=likelihood,
        LRT=LRT,
        df=df,
        pval=float(q_pval(np.array(max(LRT, 0.0)), np.array(df))),
        fit_full=fits[0],
        fit_reduced=fits[1],
        R2=float(left),
        notes=notes,
    )


def _by_ml(regression: Regression) -> Regression:
    """The same model fitted by ML; common-effect fits and fits with a given tau2 are ML already."""
    how = how_of(regression)
    if not how.estimated or regression.choices.method.name == "ML":
        return regression
    choices = replace(how.choices, method=method_named("ML"))
    return fitted(regression.effects, regression.design, replace(how, choices=choices))


def _require_nested(full: Regression, reduced: Regression) -> None:
    same = full.study == reduced.study and all(
        np.array_equal(getattr(full.effects, name), getattr(reduced.effects, name)) for name in ("yi", "vi")
    )
    if not same:
        raise ModelError(
            f"the models rest on other studies ({full.k} and {reduced.k}); fit both on those that have every moderator"
        )
    both = np.hstack([full.design.X, reduced.design.X])
    if not redundant_columns(both)[full.p :].all():
        raise ModelError("the models are not nested: compare their AICc instead")
    if full.given_weights is not None or reduced.given_weights is not None:
        raise ModelError("models with given weights are not fitted by likelihood; test with wald_test() instead")
    parameters = [one.fit.parameters for one in (full, reduced)]
    if parameters[0] <= parameters[1]:
        raise ModelError("the first model must have more parameters than the second; they are the same or swapped")
