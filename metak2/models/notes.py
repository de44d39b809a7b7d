"""The caveats of a fitted model, as codes. `display/notes.py` holds their sentences."""

from dataclasses import dataclass

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import Status
from metak2.models.methods import Method

FLAGS = {
    Status.TWO_SUMMITS: "TWO_SUMMITS",
    Status.SCANNED_NOT_PROVED: "SCANNED_NOT_PROVED",
    Status.FLAT: "FLAT_LIKELIHOOD",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the caveats of a fit depend on: methods asked for and used, k, kernel flags, the interval's rule."""

    asked: Method
    used: Method
    k: int
    status: Status
    rule: str
    has_prediction: bool


def result_notes(effects: EffectSizes, facts: Facts) -> tuple[Note, ...]:
    """What a reader must know about this fit, most important first."""
    notes: list[Note] = []
    if facts.k == 1:
        notes.append(Note(code="ONE_STUDY"))
    elif facts.k == 2 and facts.used is not facts.asked:
        notes.append(Note(code="TWO_STUDIES", values={"asked": facts.asked.label}))
    elif facts.k == 2:
        notes.append(Note(code="TWO_STUDIES_AS_ASKED"))
    if facts.rule == "HK-adhoc" and facts.used.model == "random effects":
        notes.append(Note(code="NEVER_NARROWER"))
    if facts.has_prediction and facts.k < 10:
        notes.append(Note(code="PREDICTION_FEW", values={"k": facts.k}))
    notes.extend(Note(code=code) for flag, code in FLAGS.items() if flag in facts.status and facts.k > 1)
    if facts.used.name == "PETO" and _peto_doubtful(effects):
        notes.append(Note(code="PETO_CAUTION"))
    return tuple(notes)


def _peto_doubtful(effects: EffectSizes) -> bool:
    """Peto's method misleads unless events are rare, arms balanced and the effect small; Cochrane Handbook 10.4.4.1."""
    kept = effects.mi > 0
    events = (effects.data["event_e"] + effects.data["event_c"])[kept].sum()
    people = (effects.data["n_e"] + effects.data["n_c"])[kept].sum()
    ratio = effects.data["n_e"][kept] / effects.data["n_c"][kept]
    small = abs(effects.yi[kept]).max() < 0.7
    return not (events / people < 0.01 and ratio.max() < 2 and ratio.min() > 0.5 and small)
