"""The golden cases: read them, compare with them. README.md beside this file says where they come from."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

RTOL = 1e-8  # what the architecture promises on every platform; the stored values carry 15 to 17 digits
HERE = Path(__file__).parent
SPECIAL = {None: math.nan, "NaN": math.nan, "Inf": math.inf, "-Inf": -math.inf}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One call of R with all it was given and all it answered."""

    id: str
    feature: str
    stratum: str
    dataset: str
    r_call: str
    inputs: dict[str, Any]
    options: dict[str, Any]
    outputs: dict[str, Any]
    tol: dict[str, float]
    engine: str
    metafor_version: str
    error: str | None
    warnings: list[str]
    checked_against: str | None = None
    note: str | None = None
    version_sensitive: bool = False
    differing_fields: list[str] | None = None
    outputs_newer: dict[str, Any] | None = None
    newer_version: str | None = None
    unstable_fields: list[str] | None = None
    defect: str | None = None

    def __str__(self) -> str:
        return f"{self.id} {self.stratum} {self.dataset}"

    def row(self, name: str) -> NDArray[np.float64]:
        """The input `name` as a batch of one row."""
        return numbers(self.inputs[name])[np.newaxis]

    def tables(self) -> list[NDArray[np.float64]]:
        """The four cells, each as a batch of one row; some calls gave the arm sizes n1i, n2i instead of bi, di."""
        if "bi" in self.inputs:
            return self.rows("ai", "bi", "ci", "di")
        ai, n1i, ci, n2i = self.rows("ai", "n1i", "ci", "n2i")
        return [ai, n1i - ai, ci, n2i - ci]

    def rows(self, *names: str) -> list[NDArray[np.float64]]:
        """Several inputs, each as a batch of one row."""
        return [self.row(name) for name in names]

    def expected(self, field: str) -> NDArray[np.float64]:
        """The output `field`, a name or a dotted path, as an array of at least one number."""
        value: Any = self.outputs
        for part in field.split("."):
            value = value[part]
        return numbers(value)


def numbers(value: object) -> NDArray[np.float64]:
    """JSON numbers as an array; null and "NaN" are NaN."""
    listed = value if isinstance(value, list) else [value]
    return np.array(
        [SPECIAL.get(one, one) if one is None or isinstance(one, str) else one for one in listed], dtype=float
    )


@cache
def load(feature: str) -> tuple[Case, ...]:
    """All golden cases of one feature."""
    return tuple(Case(**case) for case in json.loads((HERE / f"{feature}.json").read_text(encoding="utf-8")))


def assert_close(got: ArrayLike, case: Case, field: str, *, rtol: float = RTOL) -> None:
    """Assert that `got` equals the output `field`; the absolute tolerance is the case's own, at most 1e-10."""
    atol = min(case.tol["atol"], 1e-10)
    expected = case.expected(field)
    np.testing.assert_allclose(
        np.atleast_1d(np.asarray(got, dtype=np.float64)), expected, rtol=rtol, atol=atol, err_msg=f"{case}: {field}"
    )


def bcg_tables() -> tuple[NDArray[np.float64], ...]:
    """The 13 trials of the BCG vaccine (dat.bcg in R's metadat): `ai`, `bi`, `ci`, `di` as batches of one row."""
    case = next(case for case in load("escalc_2x2") if case.dataset == "dat.bcg")
    return tuple(case.tables())


def bcg_log_risk_ratios() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`yi` and `vi` of the BCG trials as metafor's escalc gives them, batches of one row."""
    case = next(case for case in load("uni_intercept") if case.dataset == "bcg.rr")
    return case.row("yi"), case.row("vi")
