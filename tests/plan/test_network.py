"""`[network]`: a plan asks for a network meta-analysis and gets the sections that the scripts get."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import metak2 as mk
from metak2.errors import ModelError, PlanError, UnknownOptionError
from metak2.models.network_components import Components
from metak2.models.network_data import NetworkMap
from metak2.models.network_result import Network
from metak2.plan.diff import Asked, compare
from metak2.plan.explain import explain_plan
from metak2.plan.integrity import integrity_of
from metak2.plan.run import run, run_plan
from metak2.plan.schema import read_plan
from metak2.report.results_schema import results_schema
from tests.golden.cases import load

ROOT = Path(__file__).parents[2]
Planned = Callable[[str], Path]
SMOKING = """
[network]
file = "datasets/k2/hasselblad1998.csv"
measure = "OR"
small = "bad"
reference = "no_contact"
"""
SENN = """
[network]
file = "datasets/k2/senn2013.csv"
measure = "MD"
small = "good"
reference = "placebo"
"""


@pytest.fixture
def planned(project: Path) -> Planned:
    for name in ("hasselblad1998.csv", "senn2013.csv"):
        shutil.copy(ROOT / "datasets" / "teaching" / name, project / "datasets" / "k2" / name)

    def write(text: str) -> Path:
        path = project / "analyses" / "plan.toml"
        path.write_text(f'title = "A network"\n{text}', encoding="utf-8")
        return path

    return write


def headings(report: mk.Report) -> list[str]:
    return [block.text for block in report.blocks if isinstance(block, mk.Heading)]


def tables(report: mk.Report) -> dict[str, mk.Table]:
    return {block.caption: block for block in report.blocks if isinstance(block, mk.Table)}


def found(report: mk.Report, name: str = "primary") -> object:
    results = report.results["network"]
    assert isinstance(results, dict)
    return results.get(name)


def test_the_report_of_a_plan_has_the_sections_and_the_numbers_of_the_script(planned: Planned) -> None:
    report = run_plan(planned(SMOKING + 'about = "help to stop smoking"\n'))
    network = mk.network(mk.network_data(ROOT / "datasets/teaching/hasselblad1998.csv", measure="OR"))
    script = mk.network_report(
        "A network", network.against("no_contact"), about="help to stop smoking", better="higher"
    )
    assert report.blocks[0] == script.blocks[0]
    assert headings(report) == headings(script)
    assert list(tables(report)) == list(tables(script))
    assert [picture.name for picture in report.pictures] == [picture.name for picture in script.pictures]


def test_the_first_paragraph_tells_the_effects_and_what_a_new_trial_may_show(planned: Planned) -> None:
    opening = run_plan(planned(SMOKING + 'about = "help to stop smoking"\n')).blocks[0]
    assert isinstance(opening, mk.Paragraph)
    # metafor 3.8-1, rma.mv on the same arms (network_more-0001): log odds ratio 0.709, SE 0.195
    assert "2.03 (1.39 to 2.98) for ind_counseling" in opening.text
    assert "2 of 3 confidence intervals exclude no effect, 0 of 3 prediction intervals do" in opening.text


def test_the_network_of_a_plan_is_metafors_and_says_so_where_it_was_expected(planned: Planned, tmp_path: Path) -> None:
    (case,) = [c for c in load("network_more") if c.stratum == "network" and c.options["method"] == "REML"]
    at = case.outputs["names"].index("ind_counseling")
    path = planned(
        SMOKING
        + f"""
        [[network.expect]]
        first = "ind_counseling"
        second = "no_contact"
        estimate = {case.outputs["beta"][at]}
        se = {case.outputs["se"][at]}
        source = "metafor"
        [[network.expect]]
        tau2 = {case.outputs["tau2"]}
        Q = {case.outputs["QE"]}
        source = "metafor"
        [[network.expect]]
        first = "self_help"
        second = "no_contact"
        estimate = 1.0
        scale = "displayed"
        source = "nobody"
        """
    )
    ran = run(path, tmp_path / "out")
    (missed,) = ran.unmet
    assert missed.startswith("network, self_help against no_contact: estimate (displayed) is 1.48")
    results = json.loads((ran.folder / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(results, json.loads(results_schema()))
    assert (ran.folder / "network-studies.csv").exists()


@pytest.mark.parametrize("small, first", [("bad", "grp_counseling"), ("good", "no_contact")])
def test_small_values_are_good_or_bad_and_turn_the_ranking(small: str, first: str, planned: Planned) -> None:
    report = run_plan(planned(SMOKING.replace('"bad"', f'"{small}"') + 'method = "DL"\n'))
    rows = {row[0]: row[1] for row in tables(report)["Ranking"].rows}
    # netmeta's netrank (nma_rank-0005), two decimals; zero cells were corrected by pair there, by trial here
    expected = {"good": "0.95", "bad": "0.84"}[small]
    assert float(rows[first]) == pytest.approx(float(expected), abs=0.011)


def test_rare_events_common_effects_and_other_tests_stand_beside_the_primary_answer(planned: Planned) -> None:
    choices = "".join(f"[[network.sensitivity]]\n{one}\n" for one in ('method = "MH"', 'test = "HK"', "tau2 = 0.1"))
    report = run_plan(planned(SMOKING + 'weak_edges = "allow"\n' + choices))  # by MH an edge loses its second trial
    table = tables(report)["Other choices"]
    labels = [column.title for column in table.columns]
    assert labels[2:] == ["Common effect, Mantel–Haenszel by design", "Hartung–Knapp", "τ² 0.1"]
    others = found(report, "sensitivity")
    assert isinstance(others, dict)
    (case,) = [c for c in load("nma_binary") if c.stratum == "MH" and c.dataset == "dat.hasselblad1998"]
    names = case.outputs["treatments"]
    mantel = others["Common effect, Mantel–Haenszel by design"].contrast("self_help", "no_contact")
    expected = case.outputs["TE_common"][names.index("self_help")][names.index("no_contact")]
    assert mantel.estimate == pytest.approx(expected, rel=1e-8)  # closed form, rounding only


def test_a_method_of_counts_has_no_designs_to_compare(planned: Planned) -> None:
    report = run_plan(planned(SMOKING + 'method = "NCH"\n'))
    assert "Do the trials agree?" not in headings(report)
    assert "Ranking" in headings(report)


def test_figures_and_node_splitting_can_be_left_out(planned: Planned) -> None:
    report = run_plan(planned(SMOKING + 'figures = ["forest"]\nsplitting = false\n'))
    assert [picture.name for picture in report.pictures] == ["network-forest"]
    assert "Direct and indirect evidence" not in tables(report)
    assert found(report, "splits") is None


def test_components_and_a_moderator_are_told_with_their_tables(planned: Planned, project: Path) -> None:
    text = (project / "datasets/k2/hasselblad1998.csv").read_text(encoding="utf-8")
    lines = text.splitlines()
    lines = [f"{lines[0]},year", *(f"{line},{1980 + at % 9}" for at, line in enumerate(lines[1:]))]
    studies: dict[str, str] = {}
    for at, line in enumerate(lines[1:], start=1):
        study, _, year = line.partition(",")[0], "", line.rpartition(",")[2]
        lines[at] = f"{line.rpartition(',')[0]},{studies.setdefault(study, year)}"
    (project / "datasets/k2/hasselblad1998.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    extra = '[network.components]\ninactive = "no_contact"\n[[network.regression]]\nby = "year"\n'
    report = run_plan(planned(SMOKING + extra))
    assert isinstance(found(report, "components"), Components)
    assert "Components against no_contact" in tables(report)
    assert tables(report)["Slopes by year"].rows[0][0]
    assert "doi:10.1002/bimj.201800167" in str(report.blocks[-1])


def test_a_network_of_weak_edges_is_drawn_and_not_estimated_unless_the_plan_says_so(planned: Planned) -> None:
    drawn = run_plan(planned(SENN))
    assert isinstance(found(drawn, "map"), NetworkMap)
    assert found(drawn) is None
    assert any(
        "No network estimate, ranking or league table" in b.text for b in drawn.blocks if isinstance(b, mk.Caveat)
    )
    taught = run_plan(planned(SENN + 'weak_edges = "allow"\n'))
    assert isinstance(found(taught), Network)
    with pytest.raises(ModelError, match="single trial"):
        run_plan(planned(SENN + 'weak_edges = "refuse"\n'))


def test_numbers_are_not_expected_of_a_network_that_is_drawn(planned: Planned) -> None:
    with pytest.raises(PlanError, match="drawn and not estimated"):
        run_plan(planned(SENN + '[[network.expect]]\ntau2 = 0.1\nsource = "x"\n'))


def test_a_network_stands_beside_comparisons_as_a_chapter_of_its_own(planned: Planned) -> None:
    beside = 'measure = "RR"\n[studies]\nfile = "datasets/k2/k2.csv"\n' + SMOKING + 'about = "help to stop smoking"\n'
    report = run_plan(planned(beside))
    levels = {block.text: block.level for block in report.blocks if isinstance(block, mk.Heading)}
    assert levels["Network: help to stop smoking"] == 2
    assert levels["Do the trials agree?"] == 3
    assert {"primary", "network"} <= report.results.keys()
    assert {"primary", "network"} <= report.effect_tables.keys()


def test_every_problem_of_a_network_is_told_at_once(planned: Planned) -> None:
    path = planned(
        """
        manuscript = true
        [network]
        fil = "x.csv"
        measure = "RR"
        method = "NCHH"
        test = "HK"
        tau2 = -1
        small = "bads"
        weak_edges = "alow"
        level = 95
        order = [1, "b"]
        figures = ["graf", "funnel", "funnel"]
        [network.components]
        inactiv = "placebo"
        method = "MH"
        [[network.sensitivity]]
        method = "MH"
        [[network.sensitivity]]
        label = "nothing"
        [[network.regression]]
        slopes = "many"
        [[network.expect]]
        estimate = 1
        """
    )
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    assert raised.value.problems == (
        'network: the key "fil" is not known; did you mean "file"?',
        'network: the key "file" is missing',
        "network: method 'NCHH' is not known; did you mean \"NCH\"?",
        'network: test "HK" is one of random effects; with method \'NCHH\' write test = "z"',
        "network: tau2 is a variance of 0 or more for random effects; not -1 with method 'NCHH'",
        "network: weak_edges 'alow' is not known; did you mean \"allow\"?",
        "network: small 'bads' is not known; did you mean \"bad\"?",
        "network: figures: 'graf' is not known; did you mean \"graph\"? allowed: graph, forest, heat, funnel, ranks",
        "network: figures: 'funnel' stands twice",
        "network: level is the coverage of the intervals, such as 0.95; not 95",
        'network: the key "order" holds texts, not 1',
        'network.components: the key "inactiv" is not known; did you mean "inactive"?',
        "network.components: method 'MH' is not known; allowed: DL, ML, REML, CE",
        "network.sensitivity 1: method 'MH' estimates odds ratios; write measure = \"OR\"",
        "network.sensitivity 2: changes nothing; write a method, or without = [...]",
        'network.regression 1: the key "by" is missing',
        "network.regression 1: slopes 'many' is not known; allowed: common, independent",
        'network.expect 1: the key "source" is missing',
        "network.expect 1: estimate needs first and second, the treatments that are compared",
        "manuscript is about comparisons, and this plan has none",
    )


def test_a_study_that_is_not_there_cannot_be_left_out(planned: Planned) -> None:
    with pytest.raises(UnknownOptionError, match="without='nobody'"):
        run_plan(planned(SMOKING + '[[network.sensitivity]]\nwithout = ["nobody"]\n'))


def test_a_comparison_cannot_take_the_name_of_the_network(planned: Planned) -> None:
    path = planned('name = "network"\nmeasure = "RR"\n[studies]\nfile = "x.csv"\n' + SMOKING)
    with pytest.raises(PlanError, match='the name "network" is taken'):
        read_plan(path)


def test_explain_says_that_a_network_is_no_comparison_of_two_arms(planned: Planned) -> None:
    with pytest.raises(PlanError, match="this plan holds a network"):
        explain_plan(planned(SMOKING))


def test_a_choice_that_cannot_be_estimated_is_named(planned: Planned) -> None:
    with pytest.raises(ModelError, match="sensitivity analysis 'MH': not estimable"):
        run_plan(planned(SMOKING + '[[network.sensitivity]]\nlabel = "MH"\nmethod = "MH"\n'))


def test_the_difference_of_two_plans_of_a_network_names_the_option_that_moved_it(planned: Planned) -> None:
    first = planned(SMOKING)
    second = first.with_name("other.toml")
    second.write_text(first.read_text(encoding="utf-8") + 'method = "CE"\n', encoding="utf-8")
    (compared,) = compare(first.as_posix(), second.as_posix(), Asked())
    moved = {(one.quantity.of, one.quantity.name) for one in compared.found.moved}
    assert ("primary, self_help against no_contact", "estimate") in moved
    assert [change.what for change in compared.found.changes] == ["network.method"]


def test_the_files_of_a_plan_are_those_of_its_comparisons_and_of_its_network(planned: Planned) -> None:
    beside = 'measure = "RR"\n[studies]\nfile = "datasets/k2/k2.csv"\n' + SMOKING
    assert read_plan(planned(beside)).files == ("datasets/k2/k2.csv", "datasets/k2/hasselblad1998.csv")


def test_the_trials_of_a_network_are_screened_by_their_file(planned: Planned, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"give its file instead, datasets/k2/hasselblad1998\.csv"):
        integrity_of(planned(SMOKING), tmp_path / "notices.csv")
