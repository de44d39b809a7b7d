"""Results built by hand from printed numbers, so that pictures are tested without the kernels."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metak2.effects.measures import measure_named
from metak2.effects.sizes import EffectSizes
from metak2.models.choices import Choices
from metak2.models.conventions import CONVENTIONS, Test
from metak2.models.methods import METHODS
from metak2.models.pooled import Interval, Pooled, Subgroups
from metak2.robustness.refits import Refits

# Colditz et al. 1994: the thirteen BCG trials as R's metadat::dat.bcg holds them, with metafor's escalc(measure="RR").
AUTHORS = (
    "Aronson 1948",
    "Ferguson & Simes 1949",
    "Rosenthal et al 1960",
    "Hart & Sutherland 1977",
    "Frimodt-Moller et al 1973",
    "Stein & Aronson 1953",
    "Vandiviere et al 1973",
    "TPT Madras 1980",
    "Coetzee & Berjak 1968",
    "Rosenthal et al 1961",
    "Comstock et al 1974",
    "Comstock & Webster 1969",
    "Comstock et al 1976",
)
EVENT_E = (4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27)
N_E = (123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913)
EVENT_C = (11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29)
N_C = (139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854)
ALLOC = ("random",) * 4 + ("alternate",) * 2 + ("random",) * 3 + ("systematic",) * 4
YEAR = (1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976)
YI = (
    -0.8893113339202054, -1.5853886572014306, -1.3480731482996933, -1.4415511900213054, -0.21754732221129558,
    -0.786115585818864, -1.6208982235983918, 0.011952333523840508, -0.4694176487381494, -1.3713448034727844,
    -0.3393588283383906, 0.44591340057137874, -0.017313948216879815,
)  # fmt: skip
VI = (
    0.32558476500396133, 0.19458112139814385, 0.4153679653679654, 0.020010031902247573, 0.05121017216963086,
    0.0069056184559087574, 0.22301724757231517, 0.0039615792978177295, 0.056434210463248966, 0.07302479361302891,
    0.01241221397155972, 0.5325058452001528, 0.0714046596839863,
)  # fmt: skip
# R meta 8.x, metabin(sm="RR", method="Inverse", method.random.ci="HK"): random-effects weights, not yet per cent.
W_RANDOM = (
    1.5653665208424148, 1.9691847030195744, 1.3724740543938247, 3.000720562680028, 2.7438347861345833,
    3.12354680311177, 1.8647653320623558, 3.1525370422735413, 2.705060721682069, 2.588875770260374,
    3.070729914429996, 1.1823837543011424, 2.5997800941346365,
)  # fmt: skip


def locked(values: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


def interval(low: float, high: float, *, estimate: float, rule: str = "z", df: float = math.inf) -> Interval:
    half = (high - low) / 2
    return Interval(low=low, high=high, level=0.95, rule=rule, estimate=estimate, se=half / 1.96, df=df)


def effect_sizes(
    study: Sequence[str], yi: Sequence[float], vi: Sequence[float], *, measure: str = "RR", **more: object
) -> EffectSizes:
    """Effect sizes of studies that are all pooled, unless `excluded` says otherwise."""
    more.setdefault("excluded", ("",) * len(study))
    return EffectSizes(
        measure=measure_named(measure),
        kind=more.pop("kind", "effects"),
        study=tuple(study),
        yi=locked(yi),
        vi=locked(vi),
        **more,
    )


def choices(method: str, test: Test) -> Choices:
    return Choices(method=METHODS[method], test=test, convention=CONVENTIONS["metak2"], level=0.95, prediction="t(k-1)")


def pooled(effects: EffectSizes, *, estimate: float, low: float, high: float, **more: object) -> Pooled:
    """A common-effect result with weights 1/vi, unless told otherwise."""
    counted = effects.mi > 0
    weights = np.where(counted, 1 / np.where(counted, effects.vi, 1.0), 0.0)
    fields: Mapping[str, Any] = {
        "effects": effects,
        "method": METHODS["CE"],
        "choices": choices("CE", "z"),
        "k": effects.k,
        "estimate": estimate,
        "se": (high - low) / 3.92,
        "ci": interval(low, high, estimate=estimate),
        "intervals": (),
        "statistic": estimate / ((high - low) / 3.92),
        "pval": 0.03,
        "pi": None,
        "weights": locked(100 * weights / weights.sum()),
        "tau2": None,
        "tau2_ci": None,
        "Q": 3.2,
        "Q_df": effects.k - 1,
        "Q_pval": 0.5,
        "I2": 0.0,
        "I2_rule": "from tau2",
        "H2": 1.0,
        "notes": (),
    }
    return Pooled(**{**fields, **more})


def bcg_effects(**more: object) -> EffectSizes:
    data = {"event_e": EVENT_E, "n_e": N_E, "event_c": EVENT_C, "n_c": N_C}
    return effect_sizes(
        AUTHORS,
        YI,
        VI,
        **{
            "kind": "counts",
            "data": {name: locked(column) for name, column in data.items()},
            "moderators": {"alloc": np.array(ALLOC, dtype=object), "year": locked(YEAR)},
            "selection": {"experimental": "BCG", "control": "no vaccination"},
            "higher_is": "worse",
            **more,
        },
    )


def bcg(effects: EffectSizes | None = None, **more: object) -> Pooled:
    """REML with Hartung–Knapp: R meta 8.x metabin(...) as above; tau2 by Q-profile; prediction with HK SE and t(12)."""
    return pooled(
        effects or bcg_effects(),
        estimate=-0.7145323421581397,
        low=-1.1084437136855514,
        high=-0.320620970630728,
        **{
            "method": METHODS["REML"],
            "choices": choices("REML", "HK"),
            "ci": interval(-1.1084437136855514, -0.320620970630728, estimate=-0.7145323421581397, rule="HK", df=12),
            "statistic": -0.7145323421581397 / 0.18079174409284804,
            "pval": 0.0019200150960573005,
            # METHODS section 2: prediction interval 0.1359 to 1.7629 on the RR scale
            "pi": interval(math.log(0.1359), math.log(1.7629), estimate=-0.7145323421581397, rule="prediction", df=12),
            "weights": locked(100 * np.array(W_RANDOM) / sum(W_RANDOM)),
            "tau2": 0.31324325813648624,
            "tau2_ci": interval(0.11969531281663784, 1.11148626221544, estimate=0.31324325813648624, rule="Q-profile"),
            "Q": 152.2330080823734,
            "Q_df": 12,
            "Q_pval": 1.9967645908458676e-26,
            "I2": 92.22138452126907,
            "H2": 12.855758235309356,
            **more,
        },
    )


def bcg_mantel_haenszel() -> Pooled:
    """From metafor 3.8-1, rma.mh(ai, bi, ci, di, measure="RR")."""
    return pooled(
        bcg_effects(),
        estimate=-0.4537096046837539,
        low=-0.5308094269981299,
        high=-0.3766097823693778,
        method=METHODS["MH"],
    )


def bcg_subgroups() -> Subgroups:
    """From metafor 3.8-1, one rma(yi, vi, method="DL") per allocation, and the test between them."""
    rows = {
        "random": (-1.004161353998235, 0.36210679874100876, 0.7630627543709527, 94.556009017406, 110.21326117518791),
        "alternate": (-0.5407929618493453, 0.281601613103888, 0.1325770398780929, 82.02251556666415, 5.56251350798385),
        "systematic": (
            -0.43934657999800086,
            0.3133379136380297,
            0.28497068180746316,
            81.9188484426779,
            16.591863579535822,
        ),
    }
    groups = {}
    for name, (estimate, se, tau2, i2, q) in rows.items():
        effects = bcg_effects().take(np.array(ALLOC) == name)
        half = 1.959963984540054 * se
        groups[name] = pooled(
            effects, estimate=estimate, low=estimate - half, high=estimate + half,
            method=METHODS["REML"], tau2=tau2, I2=i2, Q=q, Q_df=effects.k - 1,
            Q_pval=0.0183 if name == "alternate" else 0.0005,
        )  # fmt: skip
    return Subgroups(
        by="alloc", groups=groups, overall=bcg(), Q_between=1.5367688720627526, Q_df=2,
        Q_pval=0.4637617001098431, I2_between=0.0, notes=(),
    )  # fmt: skip


def bcg_leave_one_out() -> Refits:
    """From metafor 3.8-1, leave1out(rma(yi, vi, method="DL", test="knha")), the first four rows."""
    base = bcg()
    return Refits(
        kind="leave-one-out",
        base=base,
        study=AUTHORS[:4],
        k=locked([12] * 4),
        estimate=locked([-0.7051251984174511, -0.6545158750879715, -0.6848417487045945, -0.618696870715275]),
        se=locked([0.19336461188479853, 0.18156660490018042, 0.1884072462112684, 0.17977175389086458]),
        ci_low=locked([-1.1307178396627722, -1.0541412780414907, -1.099523301669328, -1.0143718332327145]),
        ci_high=locked([-0.27953255717213005, -0.2548904721344524, -0.27016019573986094, -0.22302190819783557]),
        pval=locked([0.003843432292004767, 0.004134840763371426, 0.003922885635407148, 0.005509396996594868]),
        tau2=locked([0.3121714990406786, 0.2999745908221096, 0.3085270698014009, 0.21673355794581378]),
        I2=locked([92.74322911885673, 92.4303735, 92.676287, 88.608387]),
        Q=locked([151.5825727471086, 145.31760767020882, 150.19704445795261, 96.56259497139149]),
    )


def renamed(effects: EffectSizes, *names: str) -> EffectSizes:
    """The same effect sizes with the first studies called otherwise."""
    return replace(effects, study=(*names, *effects.study[len(names) :]))


def judgements(k: int) -> dict[str, np.ndarray[Any, np.dtype[np.object_]]]:
    """RoB 2 judgements of so many studies, as they are joined from the sheet risk_of_bias: one study is not judged."""
    words = ("low", "some concerns", "high")
    columns = {
        f"risk_of_bias {domain}": np.array([words[(row + at) % 3] for row in range(k)], dtype=object)
        for at, domain in enumerate(("D1", "D2", "D3", "D4", "D5", "overall"))
    }
    for column in columns.values():
        column[-1] = ""
    return {**columns, "risk_of_bias tool": np.array(["RoB 2"] * k, dtype=object)}
