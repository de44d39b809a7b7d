"""Caveats of many meta-analyses as sets of words: bit flags inside, a column of words outside."""

from collections.abc import Sequence
from enum import IntFlag
from typing import TYPE_CHECKING, Any

import numpy as np

from metak2.kernels.contract import IntArray

if TYPE_CHECKING:
    from pandas.api.extensions import ExtensionArray


class Problem(IntFlag):
    """What is wrong with one meta-analysis of many, or with studies of it; the words of the column `status`.

    The first four leave it without an answer. The others name studies that were left out: the rest is pooled.
    """

    MISSING_KEY = 1  # the columns that name the meta-analysis are blank
    SAME_STUDY_TWICE = 2  # the same patients would be pooled twice
    NO_STUDIES = 4  # nothing that can be pooled
    NOT_CONVERGED = 8  # the method found no answer
    ONE_STUDY = 16  # it is that study
    MISSING = 32  # a blank effect or variance
    INFINITE_EFFECT = 64
    INFINITE_VARIANCE = 128
    ZERO_VARIANCE = 256
    NEGATIVE_VARIANCE = 512
    DOUBLE_ZERO = 1024  # no event in either arm, or nothing else: no ratio
    NOT_ESTIMABLE = 2048  # the formula of the measure has no value for these numbers


NO_ANSWER = Problem.MISSING_KEY | Problem.SAME_STUDY_TWICE | Problem.NO_STUDIES | Problem.NOT_CONVERGED


def status_words(flags: IntArray) -> "ExtensionArray":
    """`Problem` flags, `(n,)`, as words: "OK" or names divided by blanks."""
    return words(flags, [str(problem.name) for problem in Problem], nothing="OK")


def words(flags: IntArray, names: Sequence[str], *, nothing: str = "") -> "ExtensionArray":
    """Bit flags, `(n,)`, as a text column: the names of the bits that are set, lowest first."""
    found, place = np.unique(flags, return_inverse=True)
    texts = [" ".join(name for bit, name in enumerate(names) if int(flag) >> bit & 1) or nothing for flag in found]
    return text_column(texts, place)


def text_column(texts: Sequence[str], place: Any) -> "ExtensionArray":  # noqa: ANN401 - an array of row numbers
    """The texts at these places as a pandas column."""
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    return pd.array(list(texts) or [""], dtype="str").take(place)
