"""The pictures behind a pooled effect: L'Abbé, radial, Baujat, drapery, quantiles, profile of tau², influence."""

from metak2.effects.sizes import EffectSizes
from metak2.models.pooled import Pooled, Unpooled
from metak2.models.regression_result import Regression
from metak2.models.tau2_profile import Tau2Profile, profile_tau2
from metak2.plots.baujat_layout import baujat_layout
from metak2.plots.chart import draw_chart
from metak2.plots.drapery_layout import drapery_layout
from metak2.plots.drawing import Drawing
from metak2.plots.influence_layout import influence_layout
from metak2.plots.labbe_layout import RiskScale, labbe_layout
from metak2.plots.qq_layout import qq_layout
from metak2.plots.radial_layout import radial_layout
from metak2.plots.tau2_profile_layout import tau2_profile_layout
from metak2.robustness.influence import Influence
from metak2.robustness.influence import influence as influence_of
from metak2.shown import show_svg


def labbe(result: Pooled | Unpooled | EffectSizes, *, scale: RiskScale = "risk", title: str = "") -> Drawing:
    """Risks (or rates) of both arms, study by study, with no effect and, for a pooled result, where it leads.

    `scale` is "risk" or "log", which spreads small risks. `ModelError` where there are no counts, or the measure is
    none of RR, OR, RD, PETO, IRR, IRD.
    """
    return draw_chart(labbe_layout(result, scale=scale, title=title))


def radial(pooled: Pooled, *, title: str = "") -> Drawing:
    """Galbraith's radial plot: standardised effects against precision, the slope of the line is the pooled effect."""
    return draw_chart(radial_layout(pooled, title=title))


def baujat(result: Pooled | Regression, *, title: str = "") -> Drawing:
    """Which studies make the heterogeneity and which move the answer; the points are `baujat_points`."""
    return draw_chart(baujat_layout(result, title=title))


def drapery(pooled: Pooled, *, title: str = "") -> Drawing:
    """The p-value functions of the studies, of the pooled effect and of a new study."""
    return draw_chart(drapery_layout(pooled, title=title))


def qq_plot(result: Pooled | Regression, *, title: str = "") -> Drawing:
    """Standardised residuals against normal quantiles, with their pointwise band."""
    return draw_chart(qq_layout(result, title=title))


def tau2_profile_plot(result: Pooled | Tau2Profile, *, title: str = "") -> Drawing:
    """The (restricted) likelihood along tau² with the interval it makes, and the pooled effect along it."""
    profile = profile_tau2(result) if isinstance(result, Pooled) else result
    return draw_chart(tau2_profile_layout(profile, title=title))


def influence_plot(result: Pooled | Regression | Influence, *, title: str = "") -> Drawing:
    """Eight case deletion diagnostics of every study, side by side."""
    found = result if isinstance(result, Influence) else influence_of(result)
    return draw_chart(influence_layout(found, title=title))


show_svg.register(Influence, lambda result: influence_plot(result).svg())
show_svg.register(Tau2Profile, lambda result: tau2_profile_plot(result).svg())
