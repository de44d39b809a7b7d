"""The caveats of a fitted model, as codes. `display/notes.py` holds their sentences."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray, Status
from metak2.models.choices import Choices
from metak2.models.methods import Method

FLAGS = {
    Status.TWO_SUMMITS: "TWO_SUMMITS",
    Status.SCANNED_NOT_PROVED: "SCANNED_NOT_PROVED",
    Status.FLAT: "FLAT_LIKELIHOOD",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the caveats of a fit depend on: choices, method used, k, kernel flags, the interval's rule."""

    choices: Choices
    used: Method
    k: int
    status: Status
    rule: str
    has_prediction: bool
    tau2_interval_flat: bool = False


def result_notes(effects: EffectSizes, facts: Facts) -> tuple[Note, ...]:
    """What a reader must know about this fit, most important first."""
    notes: list[Note] = []
    if facts.k == 1:
        notes.append(Note(code="ONE_STUDY"))
    elif facts.k == 2 and facts.used is not facts.choices.method:
        notes.append(Note(code="TWO_STUDIES", values={"asked": facts.choices.method.label}))
    elif facts.k == 2:
        notes.append(Note(code="TWO_STUDIES_AS_ASKED"))
    if facts.rule == "HK-adhoc" and facts.used.model == "random effects":
        notes.append(Note(code="NEVER_NARROWER"))
    if facts.has_prediction and facts.k < 10:
        notes.append(Note(code="PREDICTION_FEW", values={"k": facts.k}))
    if facts.status and facts.k > 1:
        notes.extend(Note(code=code) for flag, code in FLAGS.items() if flag in facts.status)
    notes.extend(_option_notes(facts))
    if facts.used.name == "PETO" and peto_doubtful(effects, effects.mi):
        notes.append(Note(code="PETO_CAUTION"))
    return tuple(notes)


def _option_notes(facts: Facts) -> list[Note]:
    """What a reader must know about the rarely used options."""
    notes, options = [], facts.choices.options
    if options.tau2 is not None and facts.k > 1:
        notes.append(Note(code="TAU2_GIVEN", values={"tau2": options.tau2}))
    if options.weighted and facts.k > 1:
        equal = isinstance(options.weights, str)
        notes.append(Note(code="WEIGHTS_GIVEN", values={"weights": "equal weights" if equal else "the weights given"}))
    if facts.has_prediction and facts.choices.prediction == "bootstrap":
        notes.append(Note(code="PREDICTION_DRAWN", values={"draws": options.draws, "seed": options.seed}))
    if facts.tau2_interval_flat and Status.FLAT not in facts.status:
        notes.append(Note(code="FLAT_LIKELIHOOD"))
    return notes


def peto_doubtful(effects: EffectSizes, mi: FloatArray) -> NDArray[np.bool_]:
    """Peto's method misleads unless events are rare, arms balanced and the effect small; Cochrane Handbook 10.4.4.1.

    `mi` says which studies count; `(k,)`, or `(batch, k)` like the arrays of `effects`.
    """
    kept, data = mi > 0, effects.data
    events = np.where(kept, data["event_e"] + data["event_c"], 0.0).sum(axis=-1)
    people = np.where(kept, data["n_e"] + data["n_c"], 0.0).sum(axis=-1)
    ratio = np.where(kept, data["n_e"] / data["n_c"], 1.0)
    small = np.where(kept, np.abs(effects.yi), 0.0).max(axis=-1) < 0.7
    balanced = (ratio.max(axis=-1) < 2) & (ratio.min(axis=-1) > 0.5)
    return np.asarray(~((events / people < 0.01) & balanced & small))
