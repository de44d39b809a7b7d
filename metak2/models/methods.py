"""The methods of pooling: name, model, the data they need, the kernel that fits a batch and the paper behind it.

A new estimator is one kernel function and one entry here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from metak2.errors import UnknownOptionError
from metak2.kernels import tau2, tau2_errors
from metak2.kernels.contract import FloatArray, IntArray

WeightedTau2Kernel = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], tuple[FloatArray, IntArray]]
Tau2Error = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
WeightedTau2Error = Callable[[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Method:
    """A method of pooling.

    `model` is "common effect" or "random effects"; `needs` is "yi_vi" or "counts"; `estimator` is the tau2 kernel of a
    random-effects method and `error` that of its standard error, `weighted_estimator` and `weighted_error` those of a
    method that needs weights from the user; `likelihood` is "ML" or "REML" for the methods that maximise one;
    `measures` lists what a count method can pool.
    """

    name: str
    label: str
    model: Literal["common effect", "random effects"]
    needs: Literal["yi_vi", "counts"]
    reference: str
    estimator: tau2.Estimator | None = None
    error: Tau2Error | None = None
    weighted_estimator: WeightedTau2Kernel | None = None
    weighted_error: WeightedTau2Error | None = None
    likelihood: Literal["ML", "REML"] | None = None
    measures: tuple[str, ...] = ()


def _methods(*methods: Method) -> Mapping[str, Method]:
    return MappingProxyType({method.name: method for method in methods})


def _random(name: str, label: str, reference: str, estimator: tau2.Estimator, error: Tau2Error | None) -> Method:
    return Method(
        name=name,
        label=f"random effects, {label}",
        model="random effects",
        needs="yi_vi",
        estimator=estimator,
        error=error,
        reference=reference,
    )


def _weighted(name: str, label: str, reference: str, estimator: WeightedTau2Kernel) -> Method:
    return Method(
        name=name,
        label=f"random effects, {label}",
        model="random effects",
        needs="yi_vi",
        weighted_estimator=estimator,
        weighted_error=tau2_errors.se_generalised_moments,
        reference=reference,
    )


METHODS = _methods(
    Method(
        name="CE",
        label="common effect, inverse variance",
        model="common effect",
        needs="yi_vi",
        reference="Cochrane Handbook, section 10.3.1",
    ),
    Method(
        name="MH",
        label="common effect, Mantel–Haenszel",
        model="common effect",
        needs="counts",
        measures=("RR", "OR", "RD"),
        reference="Mantel & Haenszel 1959, J Natl Cancer Inst 22:719-748; "
        "Greenland & Robins 1985, Biometrics 41:55-68; Robins, Breslow & Greenland 1986, Biometrics 42:311-323",
    ),
    Method(
        name="PETO",
        label="common effect, Peto",
        model="common effect",
        needs="counts",
        measures=("PETO",),
        reference="Yusuf et al. 1985, Prog Cardiovasc Dis 27:335-371",
    ),
    _random(
        "DL",
        "DerSimonian–Laird",
        "DerSimonian & Laird 1986, Control Clin Trials 7:177-188",
        tau2.dersimonian_laird,
        tau2_errors.se_dersimonian_laird,
    ),
    _random(
        "DL2",
        "two-step DerSimonian–Laird",
        "DerSimonian & Kacker 2007, Contemp Clin Trials 28:105-114",
        tau2.two_step_dersimonian_laird,
        None,
    ),
    _random(
        "DLIT",
        "iterated DerSimonian–Laird",
        "DerSimonian & Kacker 2007, Contemp Clin Trials 28:105-114",
        tau2.paule_mandel,
        tau2_errors.se_paule_mandel,
    ),
    _random("HE", "Hedges", "Hedges 1983, Psychol Bull 93:388-395", tau2.hedges, tau2_errors.se_hedges),
    _random(
        "HS",
        "Hunter–Schmidt",
        "Hunter & Schmidt 1990, Methods of meta-analysis, Sage",
        tau2.hunter_schmidt,
        tau2_errors.se_hunter_schmidt,
    ),
    _random(
        "HSk",
        "Hunter–Schmidt with the small-sample correction",
        "Brannick et al. 2019, Organ Res Methods 22:490-514",
        tau2.hunter_schmidt_corrected,
        tau2_errors.se_hunter_schmidt_corrected,
    ),
    _random(
        "SJ",
        "Sidik–Jonkman",
        "Sidik & Jonkman 2005, J R Stat Soc C 54:367-384",
        tau2.sidik_jonkman,
        tau2_errors.se_sidik_jonkman,
    ),
    _random(
        "SJIT",
        "iterated Sidik–Jonkman",
        "Sidik & Jonkman 2007, Stat Med 26:1964-1981",
        tau2.paule_mandel,
        tau2_errors.se_paule_mandel,
    ),
    _random(
        "PM",
        "Paule–Mandel",
        "Paule & Mandel 1982, J Res Natl Bur Stand 87:377-385",
        tau2.paule_mandel,
        tau2_errors.se_paule_mandel,
    ),
    _random(
        "EB",
        "empirical Bayes",
        "Morris 1983, J Am Stat Assoc 78:47-55",
        tau2.paule_mandel,
        tau2_errors.se_paule_mandel,
    ),
    _random(
        "PMM",
        "median-unbiased Paule–Mandel",
        "Viechtbauer 2021, European Congress of Methodology",
        tau2.median_paule_mandel,
        tau2_errors.se_paule_mandel,
    ),
    Method(
        name="ML",
        label="random effects, maximum likelihood",
        model="random effects",
        needs="yi_vi",
        estimator=tau2.maximum_likelihood,
        error=tau2_errors.se_maximum_likelihood,
        likelihood="ML",
        reference="Hardy & Thompson 1996, Stat Med 15:619-629",
    ),
    Method(
        name="REML",
        label="random effects, REML",
        model="random effects",
        needs="yi_vi",
        estimator=tau2.restricted_maximum_likelihood,
        error=tau2_errors.se_restricted_maximum_likelihood,
        likelihood="REML",
        reference="Viechtbauer 2005, J Educ Behav Stat 30:261-293",
    ),
    _weighted(
        "GENQ",
        "method of moments with the user's weights",
        "DerSimonian & Kacker 2007, Contemp Clin Trials 28:105-114; Jackson 2013, Res Synth Methods 4:220-229",
        tau2.generalised_moments,
    ),
    _weighted(
        "GENQM",
        "median-unbiased method of moments with the user's weights",
        "Viechtbauer 2021, European Congress of Methodology; Jackson 2013, Res Synth Methods 4:220-229",
        tau2.median_generalised_moments,
    ),
)


def method_named(name: str | Method) -> Method:
    """The method of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, Method):
        return name
    if name not in METHODS:
        raise UnknownOptionError("method", name, METHODS)
    return METHODS[name]
