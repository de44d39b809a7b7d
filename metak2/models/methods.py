"""The methods of pooling: name, model, the data they need, the kernel that fits a batch and the paper behind it.

A new estimator is one kernel function and one entry here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from metak2.errors import UnknownOptionError
from metak2.kernels import tau2
from metak2.kernels.contract import FloatArray, IntArray

Tau2Kernel = Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, IntArray]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Method:
    """A method of pooling.

    `model` is "common effect" or "random effects"; `needs` is "yi_vi" or "counts"; `estimator` is the tau2 kernel of a
    random-effects method; `measures` lists what a count method can pool.
    """

    name: str
    label: str
    model: Literal["common effect", "random effects"]
    needs: Literal["yi_vi", "counts"]
    reference: str
    estimator: Tau2Kernel | None = None
    measures: tuple[str, ...] = ()


def _methods(*methods: Method) -> Mapping[str, Method]:
    return MappingProxyType({method.name: method for method in methods})


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
    Method(
        name="DL",
        label="random effects, DerSimonian–Laird",
        model="random effects",
        needs="yi_vi",
        estimator=tau2.dersimonian_laird,
        reference="DerSimonian & Laird 1986, Control Clin Trials 7:177-188",
    ),
    Method(
        name="PM",
        label="random effects, Paule–Mandel",
        model="random effects",
        needs="yi_vi",
        estimator=tau2.paule_mandel,
        reference="Paule & Mandel 1982, J Res Natl Bur Stand 87:377-385",
    ),
    Method(
        name="ML",
        label="random effects, maximum likelihood",
        model="random effects",
        needs="yi_vi",
        estimator=tau2.maximum_likelihood,
        reference="Hardy & Thompson 1996, Stat Med 15:619-629",
    ),
    Method(
        name="REML",
        label="random effects, REML",
        model="random effects",
        needs="yi_vi",
        estimator=tau2.restricted_maximum_likelihood,
        reference="Viechtbauer 2005, J Educ Behav Stat 30:261-293",
    ),
)


def method_named(name: str | Method) -> Method:
    """The method of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, Method):
        return name
    if name not in METHODS:
        raise UnknownOptionError("method", name, METHODS)
    return METHODS[name]
