"""A number that some studies do not give, taken to be what the reviewer states."""

import numpy as np

from metak2.effects.conversions import record
from metak2.errors import ModelError, UnknownOptionError
from metak2.studies.table import StudyTable

ASSUMABLE = {"r": (-1.0, 1.0), "icc": (0.0, 1.0)}
"""What may be assumed, with its limits: correlations. People, events, means and SDs never."""


def assume(studies: StudyTable, **values: float) -> StudyTable:
    """The table with its blank correlations filled, each row's assumption recorded.

    Parameters
    ----------
    values
        `r`, the correlation of the two values of a person (paired means, crossover trials); `icc`, the intracluster
        correlation of cluster-randomised trials.

    >>> import pandas as pd
    >>> from metak2.studies.read import read_studies
    >>> paired = read_studies(pd.DataFrame({"study": ["A", "B"], "mean_1": [5.1, 4.2], "mean_2": [4.0, 4.1],
    ...                                     "sd_1": [2.0, 1.8], "sd_2": [2.1, 1.9], "r": [0.6, None], "n": [20, 31]}))
    >>> assume(paired, r=0.5).numbers("r").tolist()
    [0.6, 0.5]

    Raises
    ------
    UnknownOptionError
        Anything else: a count or a mean is never assumed.
    ModelError
        A value outside its limits.
    """
    table = studies
    for name, value in values.items():
        if name not in ASSUMABLE:
            raise UnknownOptionError("assumption", name, ASSUMABLE)
        low, high = ASSUMABLE[name]
        if not low <= value <= high:
            raise ModelError(f"{name} lies between {low:g} and {high:g}; got {value:g}")
        stated = table.numbers(name)
        step = record("assumed value", {}, {name: float(value)}, f"{name} = {value:g}, by the reviewer")
        steps = [(step,) if blank else () for blank in np.isnan(stated)]
        kept = table.beside(table, {name: f"{name}_as_read"})
        table = kept.converted({name: np.where(np.isnan(stated), value, stated)}, steps)
    return table
