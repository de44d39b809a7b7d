"""Results in a notebook: they show themselves, and leave matplotlib as they found it."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

BARE = """
import metak2 as mk
pooled = mk.pool(mk.effects_from([-0.89, -1.59, -1.35], study=["A", "B", "C"], measure="RR", se=[0.57, 0.44, 0.64]))
print(pooled._repr_svg_()[:5])
"""

SESSION = """
import json, sys
import matplotlib
matplotlib.use("agg")
matplotlib.rcParams["font.size"] = 17.5
matplotlib.rcParams["svg.hashsalt"] = "the user's own"
before = dict(matplotlib.rcParams), matplotlib.get_backend()
import metak2 as mk
names = ["Aronson <1948>", "B & C", "C", "D", "E", "F"]
rows = {"event_e": [4, 6, 3, 62, 33, 18], "n_e": [123, 306, 231, 900, 500, 150],
        "event_c": [11, 29, 11, 98, 47, 37], "n_c": [139, 303, 220, 867, 508, 145]}
import pandas as pd
table = pd.DataFrame({"study": names, **rows, "year": [1, 2, 3, 4, 5, 6], "dose": list("aabbab")})
effects = mk.effect_sizes(table, measure="OR")
pooled = mk.pool(effects)
line = mk.regress(effects, "year")
data = mk.count_data(study=names, **rows)
accuracy = mk.accuracy_data(study=names, tp=[20, 25, 30, 21, 18, 30], fp=[3, 4, 5, 6, 2, 5], fn=[5, 6, 4, 7, 3, 4],
                            tn=[40, 45, 41, 39, 44, 42])
prior = mk.prior_sensitivity(pooled, tau_priors=["half-normal(0.5)"])
clusters = mk.effect_sizes(table.assign(trial=list("ppqrst")), measure="OR")
sturdy = mk.robust(clusters, "trial")
levels = mk.multilevel(clusters, ["trial", "study"])
doses = mk.dose_response(mk.dose_data("datasets/teaching/liu2009.csv", unit="g a day"), knots=3)
arms = pd.read_csv("datasets/teaching/senn2013.csv")
trials = mk.network_data(arms.assign(year=arms["study"].str.extract(r"(\\d{4})").astype(int)), measure="MD")
net = mk.network(trials, weak_edges="allow")
results = {
    "read_studies": mk.read_studies(table), "effect_sizes": effects, "residuals": mk.residuals(pooled),
    "wald_test": mk.wald_test(line, "year"), "single_trial_of": mk.single_trial_of(effects, "C"),
    "each_study": mk.each_study(effects),
    "absolute_effect": mk.absolute_effect(pooled, baseline_risk=0.1, baseline_source="a guess", horizon="a year"),
    "pool": pooled, "side_by_side": mk.side_by_side(effects, why="Apart."),
    "pool_subgroups": mk.pool_subgroups(effects, by="dose"),
    "leave_one_out": mk.leave_one_out(pooled), "cumulative": mk.cumulative(pooled, order="year"),
    "leave_two_out": mk.leave_two_out(pooled), "gosh": mk.gosh(pooled), "bootstrap": mk.bootstrap(pooled, n=100),
    "fragility": mk.fragility(pooled), "influence": mk.influence(pooled), "regress": line,
    "regress_scale": mk.regress_scale(effects, scale="year"), "predict": mk.predict(line, {"year": [2.0]}),
    "predict_studies": mk.predict_studies(line),
    "compare": mk.compare(mk.regress(effects, "year", method="ML"), mk.regress(effects, "1", method="ML")),
    "permutation_test": mk.permutation_test(line),
    "leave_one_out_regression": mk.leave_one_out_regression(line),
    "specification_curve": mk.specification_curve(
        mk.read_studies("datasets/bcg/bcg.xlsx", outcome="tuberculosis", experimental="BCG", control="no vaccination"),
        planned=mk.Specification(measure="OR"), alternatives=mk.Alternatives(methods=("DL",))),
    "fit_glmm": mk.fit_glmm(data), "fit_mantel_haenszel": mk.fit_mantel_haenszel(effects),
    "fit_peto": mk.fit_peto(effects),
    "rare_events_table": mk.rare_events_table(effects), "bayes": mk.bayes(effects, tau_prior="half-normal(0.5)"),
    "grade": mk.grade(pooled, question=mk.GradeQuestion(outcome="death", intervention="K2")),
    "prior_sensitivity": prior, "egger": mk.egger(pooled), "begg": mk.begg(pooled), "harbord": mk.harbord(pooled),
    "trim_and_fill": mk.trim_and_fill(pooled), "fail_safe_n": mk.fail_safe_n(pooled),
    "excess_significance": mk.excess_significance(pooled), "pet_peese": mk.pet_peese(pooled),
    "henmi_copas": mk.henmi_copas(pooled), "limit_meta_analysis": mk.limit_meta_analysis(pooled),
    "selection_model": mk.selection_model(pooled, kind="step"), "copas": mk.copas(pooled),
    "p_curve": mk.p_curve(pooled), "p_uniform": mk.p_uniform(pooled),
    "diagnostic_accuracy": mk.diagnostic_accuracy(accuracy), "forest": mk.forest(pooled), "funnel": mk.funnel(pooled),
    "copas_contour": mk.copas_contour(pooled, gamma1=(0.1, 0.5)), "copas_path": mk.copas_path(pooled),
    "leave_one_out_counts": mk.leave_one_out_counts(data),
    "multilevel": levels, "group_effects": mk.group_effects(levels, "trial"),
    "clustered_model": mk.clustered_model(clusters, "trial"),
    "cluster_influence": mk.cluster_influence(levels, "trial"),
    "cluster_residuals": mk.cluster_residuals(levels, "trial"),
    "bayes_multilevel": mk.bayes_multilevel(clusters, "trial", options=mk.BayesOptions(tau_prior="half-normal(0.5)")),
    "robust": sturdy, "wild_test": mk.wild_test(sturdy, draws=99),
    "correlation_sensitivity": mk.correlation_sensitivity(clusters, "trial"),
    "egger_clustered": mk.egger_clustered(clusters, "trial"),
    "selection_clustered": mk.selection_clustered(clusters, "trial", draws=5),
    "dose_response": doses, "next_trial": mk.next_trial(pooled, n=200), "new_trial": mk.new_trial(pooled, n=(50, 500)),
    "sequential_analysis": mk.sequential_analysis(
        pooled, mk.SequentialPlan(delta=0.5, diversity=0.25, alpha=0.05, power=0.8)),
    "missing_cells": mk.missing_cells(
        mk.read_studies(table.assign(n_e=[123, None, 231, 900, 500, 150])), measure="OR", ranges={"n": (250, 350)}),
    "network": net, "network_map": mk.network_map("datasets/teaching/senn2013.csv"),
    "split_network": mk.split_network(net), "network_designs": mk.network_designs(net),
    "network_regression": mk.network_regression(trials, "year", weak_edges="allow"),
    "league_table": mk.league_table(net), "rank_treatments": mk.rank_treatments(net, better="lower", draws=1000),
    "contributions": mk.contributions(net),
    "network_components": mk.network_components(trials, inactive="placebo", weak_edges="allow"),
}
shown = {}
for name, result in results.items():
    html = result._repr_html_() if hasattr(result, "_repr_html_") else ""
    try:
        svg = result._repr_svg_() if hasattr(result, "_repr_svg_") else ""
    except NotImplementedError:
        svg = ""
    shown[name] = {"kind": type(result).__name__, "html": html, "svg": svg[:300]}
after = dict(matplotlib.rcParams), matplotlib.get_backend()
print(json.dumps({"shown": shown, "same": before == after, "pyplot": "matplotlib.pyplot" in sys.modules}))
"""
PICTURED = {
    "pool", "side_by_side", "pool_subgroups", "leave_one_out", "cumulative", "leave_two_out", "gosh", "bootstrap",
    "fragility", "specification_curve", "prior_sensitivity", "diagnostic_accuracy", "forest", "funnel",
    "influence", "sequential_analysis", "new_trial", "dose_response", "network_map", "network", "rank_treatments",
    "network_designs", "multilevel",
}  # fmt: skip
TABLES = {
    "pool", "side_by_side", "pool_subgroups", "leave_one_out", "cumulative", "influence", "regress", "regress_scale",
    "predict", "predict_studies", "compare", "permutation_test", "leave_one_out_regression", "rare_events_table",
    "prior_sensitivity", "copas", "copas_path",
}  # fmt: skip


def child(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(child(SESSION).splitlines()[-1])
    return found


class Fragment(HTMLParser):
    """The elements of a fragment; a tag that closes another one, or none, is a fault."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[str] = []
        self.faults: list[str] = []
        self.cells: list[list[int]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's signature
        self.open.append(tag)
        self.seen.append(tag)
        if tag == "table":
            self.cells.append([])
        elif tag == "tr":
            self.cells[-1].append(0)
        elif tag in {"td", "th"}:
            self.cells[-1][-1] += 1

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def test_a_pooled_result_draws_itself_in_a_session_that_imported_nothing_else() -> None:
    assert child(BARE).strip() == "<svg"


def test_showing_every_result_leaves_the_users_matplotlib_as_it_was(session: dict[str, Any]) -> None:
    assert session["same"]
    assert not session["pyplot"]


def test_every_html_form_is_a_whole_fragment_with_harmless_names(session: dict[str, Any]) -> None:
    for name, one in session["shown"].items():
        if name in {"forest", "funnel"}:
            continue
        read = Fragment(one["html"])
        assert (read.faults, read.open) == ([], []), name
        assert set(read.seen) <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}, name
        assert "<1948>" not in one["html"], name


def test_what_is_a_table_is_shown_as_one_with_as_many_cells_in_every_row(session: dict[str, Any]) -> None:
    for name in TABLES:
        tables = Fragment(session["shown"][name]["html"]).cells
        assert tables, name
        assert all(len(set(rows)) == 1 and len(rows) > 1 for rows in tables), name


def test_what_has_a_picture_shows_it(session: dict[str, Any]) -> None:
    assert {name for name, one in session["shown"].items() if "<svg" in one["svg"] or "<?xml" in one["svg"]} == PICTURED


def test_every_kind_of_result_that_shows_itself_has_a_text(session: dict[str, Any]) -> None:
    told = child(
        "import metak2 as mk, metak2.shown as shown\n"
        "for name in mk.__all__: getattr(mk, name)\n"
        "kinds, left = [], [shown.Shown]\n"
        "while left:\n"
        "    left += (own := left.pop().__subclasses__()); kinds += own\n"
        "import sys\n"
        "for kind in (k for k in kinds if vars(sys.modules[k.__module__]).get(k.__name__) is k):\n"
        "    if kind is not shown.Drawn and shown._registered(shown.show.dispatch, shown.TEXTS, kind) is None:\n"
        "        print(kind.__name__)\n"
    )
    assert told.split() == []
    assert {"effect_sizes", "read_studies", "residuals", "wald_test"} <= session["shown"].keys()
