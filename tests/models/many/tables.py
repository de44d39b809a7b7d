"""Tables of many meta-analyses, and `pool` of one of them, for the tests of `pool_many`."""

from typing import Any

import numpy as np
import pandas as pd

import metak2 as mk

TWO_SUMMITS = ([0.0347, 0.0115, -3.0885], [1e-4, 1e-2, 1.0])

FIELDS = (
    "k", "estimate", "se", "statistic", "pval", "tau2", "se_tau2", "Q", "Q_df", "Q_pval",
    "I2", "I2_from_tau2", "I2_from_Q", "I2_rule", "H2", "vt",
)  # fmt: skip


def table(groups: int, *, seed: int = 1, most: int = 12) -> pd.DataFrame:
    """Meta-analyses of one to `most` studies of every precision, and some with equal effects; rows in order."""
    rng = np.random.default_rng(seed)
    k = rng.integers(1, most + 1, groups)
    review = np.repeat(np.arange(groups), k)
    vi = 10 ** rng.uniform(-2, 0.5, review.size)
    between = np.repeat(rng.choice([0.0, 0.0, 0.1, 1.0], groups), k)
    yi = rng.normal(0.2, np.sqrt(vi + between))
    yi[np.repeat(np.arange(groups) % 17 == 3, k)] = 0.25
    return pd.DataFrame({"review": review // 3, "outcome": [f"o{one % 3}" for one in review], "yi": yi, "vi": vi})


def counts(groups: int, *, seed: int = 1) -> pd.DataFrame:
    """Two-by-two tables, zeros and double zeros among them."""
    rng = np.random.default_rng(seed)
    review = np.repeat(np.arange(groups), rng.integers(2, 9, groups))
    n_e, n_c = (rng.integers(20, 200, review.size) for _ in range(2))
    return pd.DataFrame(
        {
            "review": review,
            "event_e": rng.binomial(n_e, 0.03),
            "n_e": n_e,
            "event_c": rng.binomial(n_c, 0.05),
            "n_c": n_c,
        }
    )


def expected(pooled: mk.Pooled) -> dict[str, Any]:
    """The row that `pool_many` owes for this meta-analysis."""
    row: dict[str, Any] = {name: getattr(pooled, name) for name in FIELDS}
    row |= {"ci_low": pooled.ci.low, "ci_high": pooled.ci.high, "ci_rule": pooled.ci.rule, "ci_df": pooled.ci.df}
    row |= {"method": pooled.method.name, "notes": " ".join(dict.fromkeys(note.code for note in pooled.notes))}
    for name, interval in (("pi", pooled.pi), ("tau2", pooled.tau2_ci), ("I2", pooled.I2_ci), ("H2", pooled.H2_ci)):
        row |= {f"{name}_low": interval.low if interval else None, f"{name}_high": interval.high if interval else None}
    row |= {"pi_rule": pooled.pi.rule if pooled.pi else "", "tau2_rule": pooled.tau2_ci.rule if pooled.tau2_ci else ""}
    row |= {"pi_se": pooled.pi.se, "pi_df": pooled.pi.df} if pooled.pi else {"pi_se": None, "pi_df": None}
    beside = {interval.rule: interval for interval in pooled.intervals}  # those of the method asked for stand last
    if pooled.choices.method.model == "random effects" and pooled.k > 1:
        for rule, name in (("z", "wald"), ("HK", "hk")):
            if rule in beside:
                row |= {
                    f"{name}_low": beside[rule].low,
                    f"{name}_high": beside[rule].high,
                    f"{name}_se": beside[rule].se,
                }
    return row


def assert_row(found: pd.Series, pooled: mk.Pooled) -> None:
    """The row holds what `pool` says, to 1e-10 of itself.

    A root that lies near 0 is a difference of sums of about 1 / min(vi) = 100: 1e-11 of it is undecided (as in
    tests/kernels/test_paths.py), which 1e-9 leaves room for.
    """
    for name, value in expected(pooled).items():
        if isinstance(value, str):
            assert found[name] == value, name
        else:
            wanted = np.nan if value is None else value
            np.testing.assert_allclose(found[name], wanted, rtol=1e-10, atol=1e-9, err_msg=name)
