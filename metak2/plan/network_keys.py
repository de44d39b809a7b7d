"""The keys of `[network]` in a plan, and what is wrong with what they say."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from metak2.errors import did_you_mean
from metak2.models.network import OF_COUNTS, RANDOM, NetworkMethod, NetworkTest
from metak2.models.network_regression import Slopes
from metak2.plan.key_checks import check_table, not_texts, twice, unknown_words
from metak2.plan.keys import NUMBER, TEXT, TEXTS, Keys
from metak2.report.network_story import FIGURES

METHODS, TESTS = get_args(NetworkMethod), get_args(NetworkTest)
WEAK = ("draw", "refuse", "allow")
SMALL: Mapping[str, str] = {"good": "lower", "bad": "higher"}
"""Whether small values of the measure are good for the patient → which values are better."""

NETWORK: Keys = {
    "file": TEXT,
    "sheet": TEXT,
    "where": (dict,),
    "exclude": TEXTS,
    "measure": TEXT,
    "about": TEXT,
    "reference": TEXT,
    "method": TEXT,
    "test": TEXT,
    "tau2": NUMBER,
    "level": NUMBER,
    "weak_edges": TEXT,
    "small": TEXT,
    "order": (list,),
    "figures": TEXTS,
    "splitting": (bool,),
    "components": (dict,),
    "sensitivity": (list,),
    "regression": (list,),
    "doubts": TEXTS,
    "text": TEXTS,
    "expect": (list,),
}
"""`file` holds arms or comparisons (`network_data`); `weak_edges` says what is done where a comparison rests on one
trial or on a trial of concern: "draw" the network and estimate nothing, "refuse", or "allow" (for teaching)."""
COMPONENTS: Keys = {"inactive": TEXT, "separator": TEXT, "method": TEXT}
SENSITIVITY: Keys = {
    "label": TEXT,
    "method": TEXT,
    "test": TEXT,
    "tau2": NUMBER,
    "include": TEXTS,
    "without": TEXTS,
}
REGRESSION: Keys = {"by": TEXT, "slopes": TEXT, "method": TEXT}
OF_PAIRS = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high", "pval")
OF_NETWORK = ("k", "tau2", "Q", "Q_pval", "I2")
EXPECT: Keys = {
    "first": TEXT,
    "second": TEXT,
    "treatment": TEXT,
    "scale": TEXT,
    "rtol": NUMBER,
    "source": TEXT,
    **dict.fromkeys((*OF_PAIRS, *OF_NETWORK, "p_score"), NUMBER),
}
"""A number of one treatment against another (`first`, `second`), of a `treatment` (its P-score), or of the network."""
LISTED: Mapping[str, tuple[Keys, tuple[str, ...]]] = {
    "sensitivity": (SENSITIVITY, ()),
    "regression": (REGRESSION, ("by",)),
    "expect": (EXPECT, ("source",)),
}


def network_problems(network: object) -> list[str]:
    """Everything that is wrong with `[network]`, each with its place."""
    if not isinstance(network, dict):
        return ["network: must be a table"]
    problems = check_table("network", network, NETWORK)
    required = ("file", "measure", "small")
    problems += [f'network: the key "{key}" is missing' for key in required if key not in network]
    problems += [f"network: {problem}" for problem in (*_model(network), *_words(network))]
    components = network.get("components")
    if isinstance(components, dict):
        problems += check_table("network.components", components, COMPONENTS)
        wrong = _one_of(components, "method", (*RANDOM, "CE"))
        problems += [f"network.components: {problem}" for problem in wrong]
    for name, (keys, needed) in LISTED.items():
        for at, entry in enumerate(_entries(network.get(name)), start=1):
            where = f"network.{name} {at}"
            if not isinstance(entry, dict):
                problems.append(f"{where}: must be a table")
                continue
            problems += check_table(where, entry, keys)
            problems += [f'{where}: the key "{key}" is missing' for key in needed if key not in entry]
            problems += [f"{where}: {problem}" for problem in CONTENT[name](entry, network)]
    choices = [one for one in _entries(network.get("sensitivity")) if isinstance(one, dict)]
    labels = [str(one["label"]) for one in choices if "label" in one]
    problems += [f"network.sensitivity: the label {label!r} stands twice" for label in twice(labels)]
    return problems


def _entries(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(network: Mapping[str, Any]) -> list[str]:
    """Words that are not known, figures that need an order, and lists of other things than texts."""
    problems = _one_of(network, "weak_edges", WEAK) + _one_of(network, "small", SMALL)
    problems += unknown_words("figures", network.get("figures", ()), FIGURES)
    asked = network.get("figures", ())
    if "funnel" in asked and "order" not in network:
        problems.append('figures: "funnel" needs order, the treatments from old to new')
    if isinstance(asked, list):
        problems += [f"figures: {name!r} stands twice" for name in twice([str(one) for one in asked])]
    level = network.get("level", 0.95)
    if isinstance(level, (int, float)) and not 0.5 <= level < 1:
        problems.append(f"level is the coverage of the intervals, such as 0.95; not {level!r}")
    return problems + not_texts(network, "order")


def _model(entry: Mapping[str, Any]) -> list[str]:
    """A method and a test that are known and go together; τ² is a variance of random effects."""
    problems = _one_of(entry, "method", METHODS) + _one_of(entry, "test", TESTS)
    method, tau2 = entry.get("method", "REML"), entry.get("tau2")
    if entry.get("test") == "HK" and method not in RANDOM:
        problems.append(f'test "HK" is one of random effects; with method {method!r} write test = "z"')
    if isinstance(tau2, (int, float)) and (tau2 < 0 or method not in RANDOM):
        problems.append(f"tau2 is a variance of 0 or more for random effects; not {tau2!r} with method {method!r}")
    if method in OF_COUNTS and entry.get("measure", "OR") != "OR":
        problems.append(f'method {method!r} estimates odds ratios; write measure = "OR"')
    return problems


def _choice(entry: Mapping[str, Any], network: Mapping[str, Any]) -> list[str]:
    kept = {key: network[key] for key in ("method", "measure") if key in network}
    changed = [key for key in entry if key != "label"]
    own = [problem for problem in _model({**kept, **entry}) if problem not in _model(kept)]
    return own + ([] if changed else ["changes nothing; write a method, or without = [...]"])


def _regression(entry: Mapping[str, Any], _: Mapping[str, Any]) -> list[str]:
    return _one_of(entry, "slopes", get_args(Slopes)) + _one_of(entry, "method", (*RANDOM, "CE"))


def _expected(entry: Mapping[str, Any], _: Mapping[str, Any]) -> list[str]:
    """Numbers of a comparison need both treatments, a P-score its treatment."""
    problems = []
    if entry.get("scale", "analysis") not in {"analysis", "displayed"}:
        problems.append('scale is "analysis" (log for ratios) or "displayed"')
    pairs = [key for key in OF_PAIRS if key in entry]
    if pairs and not {"first", "second"} <= entry.keys():
        problems.append(f"{pairs[0]} needs first and second, the treatments that are compared")
    if "p_score" in entry and "treatment" not in entry:
        problems.append("p_score needs a treatment")
    if not any(key in entry for key in (*OF_PAIRS, *OF_NETWORK, "p_score")):
        problems.append("expects no number; name one, such as estimate = -1.13")
    return problems


CONTENT = {"sensitivity": _choice, "regression": _regression, "expect": _expected}


def _one_of(entry: Mapping[str, Any], key: str, known: Iterable[str]) -> list[str]:
    value, words = entry.get(key), tuple(known)
    if not isinstance(value, str) or value in words:
        return []
    allowed = ", ".join(words)
    return [f"{key} {value!r} is not known{did_you_mean(value, words) or f'; allowed: {allowed}'}"]
