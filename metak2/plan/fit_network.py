"""`[network]` of a plan: from its table to the fitted network, its sections, and the numbers it expects."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metak2.display import network as told
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT, known_exclusions
from metak2.errors import ModelError, PlanError, UnknownOptionError
from metak2.models.network import OF_COUNTS, network
from metak2.models.network_blocks import weak_edges
from metak2.models.network_components import Components, network_components
from metak2.models.network_data import NetworkData, network_data, network_map
from metak2.models.network_ranking import rank_treatments
from metak2.models.network_regression import NetworkRegression, network_regression
from metak2.models.network_result import Network
from metak2.plan.entries import texts
from metak2.plan.network_keys import OF_NETWORK, OF_PAIRS, SMALL
from metak2.report.expectations import Expectation
from metak2.report.network_story import FIGURES, NetworkStory
from metak2.report.sections_network import Told, component_blocks, map_sections, network_sections

Table = Mapping[str, Any]
RTOL = 1e-6
TESTS = {"z": "Wald", "HK": "Hartung–Knapp"}
SYMBOLS = {"tau2": "τ²"}
ON_SCALE = frozenset({"estimate", "ci_low", "ci_high", "pi_low", "pi_high"})
LIMITS = {"ci_low": "low", "ci_high": "high"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedNetwork:
    """The network of a plan: fitted, or None where it is drawn only; `story` is what the report tells of it."""

    data: NetworkData
    fitted: Network | None
    story: NetworkStory

    def sections(self) -> Told:
        """The blocks and results of the report."""
        if self.fitted is not None:
            return network_sections(self.fitted, self.story)
        blocks, results = map_sections(network_map(self.data), about=self.story.about, doubts=self.story.doubts)
        if self.story.components is None:
            return blocks, results
        return [*blocks, *component_blocks(self.story.components)], {**results, "components": self.story.components}


def network_of(asked: Table) -> PlannedNetwork:
    """The network as the plan asks for it; drawn only, where comparisons are too weak and it says nothing else."""
    data = _data(asked, asked)
    drawn = asked.get("weak_edges", "draw") == "draw" and bool(weak_edges(data) or len(network_map(data).parts) > 1)
    fitted = None if drawn else _fitted(asked, asked, data)
    story = NetworkStory(
        about=asked.get("about", f"{len(data.treatments)} treatments"),
        better="lower" if SMALL[asked["small"]] == "lower" else "higher",
        order=tuple(asked.get("order", ())),
        doubts=texts(asked.get("doubts", ())),
        text=texts(asked.get("text", ())),
        figures=texts(asked.get("figures", FIGURES)),
        splitting=asked.get("splitting", True),
        components=None if drawn and _weak(asked) == "refuse" and weak_edges(data) else _components(asked, data),
        others={} if fitted is None else _others(asked, data, fitted),
        regressions=() if fitted is None else _regressions(asked, data, fitted),
    )
    return PlannedNetwork(data=data, fitted=fitted, story=story)


def _data(asked: Table, choice: Table) -> NetworkData:
    """The trials, without those that the choice leaves out."""
    included = known_exclusions(texts(choice.get("include", ())), "include") if choice is not asked else ()
    excluded = tuple(word for word in texts(asked.get("exclude", NOT_POOLED_BY_DEFAULT)) if word not in included)
    data = network_data(
        asked["file"],
        measure=asked["measure"],
        sheet=asked.get("sheet"),
        where=asked.get("where"),
        exclude=excluded,
    )
    without = texts(choice.get("without", ()))
    names = tuple(trial.study for trial in data.trials)
    for study in without:
        if study not in names:
            raise UnknownOptionError("without", study, names)
    return data.only([name for name in names if name not in without]) if without else data


def _weak(asked: Table) -> Any:  # noqa: ANN401 - one of the literals "refuse" and "allow", which the schema has checked
    return "allow" if asked.get("weak_edges") == "allow" else "refuse"


def _fitted(asked: Table, choice: Table, data: NetworkData) -> Network:
    """The network under the plan's choices, or those of a sensitivity analysis where it names them."""
    method = choice.get("method", asked.get("method", "REML"))
    kept = {"test": asked.get("test"), "tau2": asked.get("tau2")} if choice.get("method") is None else {}
    options = {**kept, **{key: choice[key] for key in ("test", "tau2") if key in choice}}
    made = network(
        data,
        method=method,
        weak_edges=_weak(asked),
        level=asked.get("level", 0.95),
        **{key: value for key, value in options.items() if value is not None},
    )
    return made.against(asked["reference"]) if "reference" in asked else made


def _components(asked: Table, data: NetworkData) -> Components | None:
    if "components" not in asked:
        return None
    said = asked["components"]
    method = said.get("method", asked.get("method", "REML"))
    return network_components(
        data,
        inactive=said.get("inactive", ""),
        separator=said.get("separator", "+"),
        method="CE" if method in OF_COUNTS else method,
        weak_edges=_weak(asked),
        level=asked.get("level", 0.95),
    )


def _others(asked: Table, data: NetworkData, fitted: Network) -> dict[str, Network]:
    """The network under the plan's other choices, by label, told against the same treatment."""
    made: dict[str, Network] = {}
    for entry in asked.get("sensitivity", ()):
        label = entry.get("label") or ", ".join(_said(key, value) for key, value in entry.items())
        changed = {"include", "without"} & entry.keys()
        try:
            found = _fitted(asked, entry, _data(asked, entry) if changed else data)
        except ModelError as error:
            raise ModelError(f"sensitivity analysis {label!r}: {error}") from error
        made[label] = found.against(fitted.reference) if fitted.reference in found.treatments else found
    return made


def _said(key: str, value: object) -> str:
    """An option of a choice as its label: "Common effect, inverse variance", "without Willms (1999)"."""
    if key == "method":
        words = told.METHODS[str(value)]
        return f"{words[:1].upper()}{words[1:]}"
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return TESTS[words] if key == "test" else f"{SYMBOLS.get(key, key)} {words}"


def _regressions(asked: Table, data: NetworkData, fitted: Network) -> tuple[NetworkRegression, ...]:
    plain = asked.get("method", "REML")
    return tuple(
        network_regression(
            data,
            entry["by"],
            slopes=entry.get("slopes", "common"),
            method=entry.get("method", "CE" if plain in OF_COUNTS else plain),
            reference=fitted.reference,
            weak_edges=_weak(asked),
        )
        for entry in asked.get("regression", ())
    )


def network_expectations(asked: Table, planned: PlannedNetwork, source: Path) -> tuple[Expectation, ...]:
    """Each number of `[[network.expect]]` with the number found; PlanError where the network is drawn only."""
    entries = asked.get("expect", ())
    if entries and planned.fitted is None:
        raise PlanError(["network.expect: the network is drawn and not estimated"], source=source.as_posix())
    if planned.fitted is None:
        return ()
    return tuple(
        Expectation(
            of=_of(entry),
            quantity=key + (" (displayed)" if entry.get("scale") == "displayed" and key in ON_SCALE else ""),
            expected=float(entry[key]),
            found=_found(planned.fitted, planned.story, entry, key),
            rtol=float(entry.get("rtol", RTOL)),
            source=entry["source"],
        )
        for entry in entries
        for key in (*OF_PAIRS, *OF_NETWORK, "p_score")
        if key in entry
    )


def _of(entry: Table) -> str:
    if "first" in entry:
        return f"network, {entry['first']} against {entry['second']}"
    return f"network, {entry['treatment']}" if "treatment" in entry else "network"


def _found(fitted: Network, story: NetworkStory, entry: Table, key: str) -> float:
    """One number of a comparison, of a treatment or of the whole network; NaN where it has none."""
    if key in OF_NETWORK:
        value = getattr(fitted, key)
        return float("nan") if value is None else float(value)
    if key == "p_score":
        ranking = rank_treatments(fitted, better=story.better, draws=1)
        return float(ranking.p_score[fitted.index(entry["treatment"])])
    value = float(getattr(fitted.contrast(entry["first"], entry["second"]), LIMITS.get(key, key)))
    displayed = entry.get("scale") == "displayed" and key in ON_SCALE
    return float(fitted.measure.back(value)) if displayed else value
