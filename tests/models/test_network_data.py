import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metak2 as mk
from metak2.errors import StudyDataError, UnknownOptionError
from tests.strategies import quick

PAIRS = {"treatment1": list("AAB"), "treatment2": list("BCC")}


def three_arms(estimate: list[float], se: list[float]) -> dict[str, list]:
    return {"study": ["Trial"] * 3, **PAIRS, "estimate": estimate, "se": se}


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@pytest.mark.parametrize("events", [(3, 9), (0, 4), (7, 20)])
def test_two_arms_give_the_effect_of_the_pairwise_measure(measure: str, events: tuple[int, int]) -> None:
    arms = {"study": ["T", "T"], "arm": ["c", "e"], "events": events[::-1], "total": [20, 25][::-1]}
    (trial,) = mk.network_data(arms, measure=measure).trials
    import pandas as pd  # noqa: PLC0415 - the second way in is a frame

    wide = pd.DataFrame({"study": ["T"], "event_e": [events[0]], "n_e": [20], "event_c": [events[1]], "n_c": [25]})
    effects = mk.effect_sizes(wide, measure=measure)
    assert trial.yi[0] == pytest.approx(effects.yi[0], rel=1e-12)
    assert trial.vi[0, 0] == pytest.approx(effects.vi[0], rel=1e-12)


@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM-uncorrected"])
def test_two_arms_of_means_give_the_effect_of_the_pairwise_measure(measure: str) -> None:
    import pandas as pd  # noqa: PLC0415 - the second way in is a frame

    arms = {"study": ["T", "T"], "arm": ["c", "e"], "mean": [4.0, 5.5], "sd": [1.2, 2.0], "n": [25, 20]}
    (trial,) = mk.network_data(arms, measure=measure.removesuffix("-uncorrected")).trials
    wide = pd.DataFrame(
        {"study": ["T"], "mean_e": [5.5], "sd_e": [2.0], "n_e": [20], "mean_c": [4.0], "sd_c": [1.2], "n_c": [25]}
    )
    effects = mk.effect_sizes(wide, measure=measure)
    assert trial.yi[0] == pytest.approx(effects.yi[0], rel=1e-12)
    assert trial.vi[0, 0] == pytest.approx(effects.vi[0], rel=1e-12)


@quick
@given(seed=st.integers(0, 300))
def test_all_comparisons_of_a_trial_say_what_its_arms_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = int(rng.integers(3, 6))
    names = [f"t{at}" for at in range(a)]
    means, sds, n = rng.normal(0, 1, a), rng.uniform(1, 2, a), rng.integers(10, 50, a)
    arms = {"study": ["T"] * a, "arm": names, "mean": means, "sd": sds, "n": n}
    by_arm = mk.network_data(arms, measure="MD").trials[0]
    rows: dict[str, list] = {"study": [], "treatment1": [], "treatment2": [], "estimate": [], "se": []}
    for i in range(a):
        for j in range(i + 1, a):
            line = ("T", names[i], names[j], means[i] - means[j], (sds[i] ** 2 / n[i] + sds[j] ** 2 / n[j]) ** 0.5)
            for name, value in zip(rows, line, strict=True):
                rows[name].append(value)
    by_pair = mk.network_data(rows, measure="MD").trials[0]
    np.testing.assert_allclose(by_pair.yi, by_arm.yi, rtol=1e-9, atol=1e-12)  # a pseudo-inverse lies between
    np.testing.assert_allclose(by_pair.vi, by_arm.vi, rtol=1e-9, atol=1e-12)


def test_a_standard_error_that_no_arms_give_is_named_with_its_limit() -> None:
    with pytest.raises(StudyDataError, match=r"MK-W10.*column treatment1.*B with C cannot have 0.3, at most 0.1414"):
        mk.network_data(three_arms([0.5, 0.7, 0.2], [0.1, 0.1, 0.3]), measure="OR")


def test_among_four_arms_the_standard_error_that_does_not_fit_is_named() -> None:
    v = [0.01, 0.02, 0.03, 0.04]
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    se = [(v[i] + v[j]) ** 0.5 for i, j in pairs]
    se[4] *= 0.8  # t1 with t3
    rows = {"study": ["T"] * 6, "treatment1": [f"t{i}" for i, _ in pairs], "treatment2": [f"t{j}" for _, j in pairs]}
    with pytest.raises(StudyDataError, match=r"MK-W10.*t1 with t3 cannot have 0.196, at least 0.2449"):
        mk.network_data({**rows, "estimate": [0.0] * 6, "se": se}, measure="MD")


def test_a_comparison_with_its_sign_turned_is_the_one_named() -> None:
    with pytest.raises(StudyDataError, match=r"MK-W09.*B with C is given as -0.2, the others say 0.2"):
        mk.network_data(three_arms([0.5, 0.7, -0.2], [0.1, 0.1, 0.1]), measure="OR")


def test_rounding_is_repaired_and_said() -> None:
    data = mk.network_data(three_arms([0.50, 0.71, 0.20], [0.2, 0.2, 0.2]), measure="OR")
    assert [note.code for note in data.notes] == ["CONTRASTS_REPAIRED"]
    # With equal weights the misfit of 0.01 is shared by the three comparisons alike.
    assert data.trials[0].yi == pytest.approx([-0.50 - 0.01 / 3, -0.71 + 0.01 / 3], abs=1e-12)


def test_every_row_that_cannot_be_is_told_at_once_with_its_cell() -> None:
    rows = {
        "study": ["one arm", "twice", "twice", "many", "many", "word", "word"],
        "arm": ["x", "x", "x", "x", "y", "x", "y"],
        "events": [1, 2, 3, 30, 2, "two", 1],
        "total": [10, 10, 10, 20, 20, 20, 20],
    }
    with pytest.raises(StudyDataError) as told:
        mk.network_data(rows, measure="OR")
    found = {(problem.code, problem.cell) for problem in told.value.problems}
    assert found == {
        ("MK-W02", "row 1, column arm"),
        ("MK-W03", "row 3, column arm"),
        ("MK-W08", "row 4, column events"),
        ("MK-W07", "row 6, column events"),
    }


def test_a_multi_arm_trial_without_all_of_its_comparisons_names_those_missing() -> None:
    rows = {name: values[:2] for name, values in three_arms([0.5, 0.7, 0.2], [0.1] * 3).items()}
    with pytest.raises(StudyDataError, match=r"MK-W06.*needs all 3 comparisons.*missing: B with C"):
        mk.network_data(rows, measure="OR")


def test_a_comparison_given_twice_or_with_itself_is_refused() -> None:
    rows = {
        "study": ["T"] * 2,
        "treatment1": ["A", "B"],
        "treatment2": ["B", "A"],
        "estimate": [1, -1],
        "se": [0.1, 0.1],
    }
    with pytest.raises(StudyDataError, match="MK-W05"):
        mk.network_data(rows, measure="OR")
    with pytest.raises(StudyDataError, match="MK-W03"):
        mk.network_data({**rows, "treatment1": ["A", "A"], "treatment2": ["A", "B"]}, measure="OR")


def test_blank_arms_and_trials_without_events_are_left_out_with_the_reason() -> None:
    rows = {
        "study": ["a", "a", "b", "b", "c", "c"],
        "arm": ["x", "y"] * 3,
        "events": [1, 2, 0, 0, None, 3],
        "total": [10, 11, 12, 13, 14, 15],
    }
    data = mk.network_data(rows, measure="OR")
    assert [trial.excluded for trial in data.trials] == ["", "double zero", "not reported"]
    assert [(note.code, note.where) for note in data.notes] == [("EXCLUDED", ("b",)), ("EXCLUDED", ("c",))]


def test_a_measure_of_other_data_is_refused_with_those_that_fit() -> None:
    arms = {"study": ["T", "T"], "arm": ["x", "y"], "mean": [1, 2], "sd": [1, 1], "n": [9, 9]}
    with pytest.raises(UnknownOptionError, match="Allowed: MD, ROM, SMD"):
        mk.network_data(arms, measure="OR")
    with pytest.raises(StudyDataError, match=r"MK-W01.*study and arm with events and total"):
        mk.network_data({"study": ["T"], "arm": ["x"]}, measure="OR")


def test_a_map_needs_no_numbers_and_keeps_trials_of_concern() -> None:
    shown = mk.network_map("datasets/huang2014/huang2014.xlsx", sheet="continuous")
    assert len(shown.studies["Ishida & Kawai 2004"]) == 6
    assert shown.doubtful["Ishida & Kawai 2004"] == "concern"
    assert ("MK-4", "no treatment") in shown.trials
    assert len(shown.parts) > 1
    assert "No network estimate, ranking or league table" in str(shown)
