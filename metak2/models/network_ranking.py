"""Which treatment is best? P-scores, and the probability of every rank; refused while an edge is weak."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.network_ranks import p_scores, rank_probabilities
from metak2.models.network_blocks import require_strong
from metak2.models.network_result import Network
from metak2.shown import Drawn
from metak2.studies.table import read_only

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking(Drawn):
    """The treatments by how surely they are better than the others.

    `p_score` `(n,)`, 1 for the best of all beyond doubt, is SUCRA of the same normal distribution; `probability`
    `(n, n)` is that of the treatment (row) to have the rank (column), best first, from `draws` draws with `seed`.
    """

    network: Network
    better: Better
    treatments: tuple[str, ...]
    p_score: FloatArray
    probability: FloatArray
    draws: int
    seed: int

    @property
    def sucra(self) -> FloatArray:
        """Surface under the cumulative ranking curve from the drawn ranks: the P-score but for the draws' error."""
        cumulative = np.cumsum(self.probability, axis=1)[:, :-1]
        return np.asarray(cumulative.mean(axis=1))

    @property
    def mean_rank(self) -> FloatArray:
        """Expected rank, 1 for the best; from the P-score, exact."""
        return np.asarray(1 + (1 - self.p_score) * (len(self.treatments) - 1))

    @property
    def order(self) -> tuple[int, ...]:
        """The rows from the best P-score down."""
        return tuple(np.argsort(-self.p_score, kind="stable").tolist())


def rank_treatments(network: Network, *, better: Better, draws: int = 100_000, seed: int = 1) -> Ranking:
    """P-scores (Rücker & Schwarzer 2015) and rank probabilities (Salanti, Ades & Ioannidis 2011).

    Parameters
    ----------
    better
        "lower" or "higher": which effects are good for the patient. There is no default: a ranking turned round is the
        commonest mistake.
    draws
        From the normal distribution of the effects, for the probabilities only; their standard error is at most
        0.5 / sqrt(draws).

    Raises
    ------
    ModelError
        An edge rests on one trial or on a trial of concern, and the network was not fitted with weak_edges="allow".
    """
    if better not in get_args(Better):
        raise UnknownOptionError("better", better, get_args(Better))
    if draws < 1:
        raise ModelError(f"draws is a number of draws, at least 1; got {draws}")
    if not network.weak:
        require_strong(network.data, "no ranking")
    sign = 1.0 if better == "lower" else -1.0
    effects = sign * network.effects
    return Ranking(
        network=network,
        better=better,
        treatments=network.treatments,
        p_score=read_only(p_scores(effects, network.vcov)),
        probability=read_only(rank_probabilities(effects, network.vcov, draws=draws, seed=seed)),
        draws=draws,
        seed=seed,
    )
