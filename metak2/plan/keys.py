"""The keys of a plan: which tables there are, what each may say, and what it must."""

import re
from collections.abc import Mapping

from metak2.plan.grading import GRADE

Kinds = tuple[type, ...]
Keys = Mapping[str, Kinds]

TEXT: Kinds = (str,)
TEXTS: Kinds = (str, list)
NUMBER: Kinds = (int, float)
WHOLE: Kinds = (int,)

STUDIES: Keys = {
    "file": TEXT,
    "sheet": TEXT,
    "outcome": TEXT,
    "at": TEXT,
    "experimental": TEXTS,
    "control": TEXTS,
    "where": (dict,),
    "label": TEXTS,
    "combine_arms": (bool,),
    "each_arm": (bool,),
}
MODEL: Keys = {
    "method": TEXT,
    "test": TEXT,
    "prediction": TEXT,
    "weights": TEXTS,
    "tau2": NUMBER,
    "tau2_interval": TEXT,
    "draws": WHOLE,
    "seed": WHOLE,
}
"""The options of `pool`; `weights` is a word or one number for each study."""
CONVERSIONS: Keys = {
    "medians": (bool,),
    "even_if_skewed": (bool,),
    "baseline": (dict,),
    "correlation": NUMBER,
    "correlations": (list,),
    "r": NUMBER,
    "icc": NUMBER,
    "design_effect": (bool,),
}
"""What papers print instead of what a formula needs: medians as means, changes from the rows that hold the baseline
values and a correlation with others to try, correlations assumed where a trial gives none, design effects."""
PRIMARY: Keys = {**MODEL, "pool": (bool,), "why": TEXT}
SENSITIVITY: Keys = {
    "label": TEXT,
    "design": TEXT,
    "order": TEXT,
    "kind": TEXT,
    "n": (int, list),
    "variance_per_person": NUMBER,
    "ranges": (dict,),
    **MODEL,
    "convention": TEXT,
    "measure": TEXT,
    "zero_cells": TEXT,
    "include": TEXTS,
    "studies": (dict,),
    "conversions": (dict,),
}
SUBGROUPS: Keys = {"by": TEXT}
REGRESSION: Keys = {"label": TEXT, "moderators": TEXTS, "method": TEXT, "test": TEXT}
SPECIFICATIONS: Keys = {
    **dict.fromkeys(("measures", "methods", "tests", "predictions", "zero_cells"), TEXTS),
    "filter": (list,),
}
FILTER: Keys = {"name": TEXT, "column": TEXT, "keep": TEXTS, "drop": TEXTS}
SEQUENTIAL: Keys = {
    **dict.fromkeys(("delta", "diversity", "alpha", "power"), NUMBER),
    "futility": (bool,),
    "order": TEXT,
}
BAYES: Keys = {"tau_priors": TEXTS, "effect_prior": TEXT, "thresholds": (list,)}
CLUSTERS: Keys = {"by": TEXT, "correlation": NUMBER, "correlations": (list,), "answer": TEXT, "called": (list,)}
"""Effects of the same patients: the column that says whose, the correlation that combines them, others to try; which
analysis answers, and what one and several of the clusters are called."""
ANSWERS = ("combined", "multilevel", "robust")
ABSOLUTE: Keys = {"baseline_risk": (int, float, str), "horizon": TEXT}
OVERLAP: Keys = {"file": TEXT, "sheet": TEXT, "label": TEXT, "without": TEXTS, "text": TEXTS}
"""A sheet of memberships (review, trial, holds); `without` leaves reviews out, such as those a correction replaced."""
FAVOURS: Keys = {"left": TEXT, "right": TEXT}
EXPECT: Keys = {
    "of": TEXT,
    "coefficient": TEXT,
    "scale": TEXT,
    "rtol": NUMBER,
    "source": TEXT,
    **dict.fromkeys(("k", "estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high"), NUMBER),
    **dict.fromkeys(("tau2", "tau2_low", "tau2_high", "Q", "Q_pval", "I2", "H2", "statistic", "pval"), NUMBER),
    **dict.fromkeys(("R2", "QM", "QM_pval"), NUMBER),
}
COMPARISON: Keys = {
    "name": TEXT,
    "title": TEXT,
    "about": TEXT,
    "studies": (dict,),
    "conversions": (dict,),
    "measure": TEXT,
    "zero_cells": TEXT,
    "convention": TEXT,
    "level": NUMBER,
    "exclude": TEXTS,
    "retraction_watch": TEXT,
    "primary": (dict,),
    "sensitivity": (list,),
    "subgroups": (list,),
    "regression": (list,),
    "specifications": (dict,),
    "bayes": (dict,),
    "sequential": (dict,),
    "clusters": (dict,),
    "absolute": (list,),
    "favours": (dict,),
    "figures": TEXTS,
    "grade": (dict,),
    "columns": (str, list, dict),
    "doubts": TEXTS,
    "text": TEXTS,
    "expect": (list,),
}
TOP: Keys = {
    **COMPARISON,
    "summary": TEXTS,
    "data_date": TEXT,
    "formats": TEXTS,
    "template": TEXT,
    "style": TEXT,
    "overlap": (list,),
    "network": (dict,),
    "manuscript": (bool,),
    "prisma_checklist": (bool,),
    "comparison": (list,),
}

TABLES: Mapping[str, Keys] = {
    "studies": STUDIES,
    "conversions": CONVERSIONS,
    "primary": PRIMARY,
    "sensitivity": SENSITIVITY,
    "subgroups": SUBGROUPS,
    "regression": REGRESSION,
    "specifications": SPECIFICATIONS,
    "bayes": BAYES,
    "sequential": SEQUENTIAL,
    "clusters": CLUSTERS,
    "absolute": ABSOLUTE,
    "favours": FAVOURS,
    "grade": GRADE,
    "expect": EXPECT,
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "studies": ("file",),
    "subgroups": ("by",),
    "regression": ("moderators",),
    "sequential": ("delta", "diversity", "alpha", "power"),
    "absolute": ("baseline_risk", "horizon"),
    "clusters": ("correlation",),
    "favours": ("left", "right"),
    "grade": ("outcome", "intervention"),
    "expect": ("of", "source"),
}
DESIGNS: Mapping[str, tuple[str, ...]] = {
    "leave-one-out": (),
    "cumulative": ("order",),
    "leave-two-out": (),
    "gosh": ("n", "seed"),
    "bootstrap": ("kind", "n", "seed"),
    "fragility": (),
    "influence": (),
    "next-trial": ("n", "variance_per_person"),
    "new-trial": ("n", "variance_per_person"),
    "missing-cells": ("ranges",),
}
"""The designs of a sensitivity analysis with the keys that each takes beside `design`."""
FIGURES = (
    "labbe",
    "labbe-log",
    "radial",
    "baujat",
    "drapery",
    "qq",
    "tau2-profile",
    "influence",
    "funnel-regions",
    "funnel-filled",
    "funnel-asymmetry",
    "risk-of-bias",
    "risk-of-bias-summary",
    "prisma",
)
"""The further figures that a plan may ask for; forest and funnel plot are always there."""
OF_DESIGNS = frozenset({"order", "kind", "n", "variance_per_person", "ranges"})
SEVERAL_SIZES = frozenset({"next-trial", "new-trial"})
"""The designs whose `n` may be a list."""
OF_TABLES = frozenset({"missing-cells"})
"""The designs that question the table, pooled or not."""
MEDIAN = "median control"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
NOT_NUMBERS = frozenset({"of", "coefficient", "scale", "rtol", "source"})
