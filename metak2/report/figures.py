"""The further figures of a comparison, as the plan or script asks for them, with their captions."""

from collections.abc import Mapping, Sequence

from metak2.report.blocks import Block, Drawn, Heading, Picture
from metak2.report.comparison import Comparison

TITLES: Mapping[str, str] = {
    "baujat": "Baujat plot",
    "drapery": "Drapery plot",
    "funnel-asymmetry": "Funnel plot with PET and PEESE",
    "funnel-filled": "Funnel plot with filled studies",
    "funnel-regions": "Funnel plot with regions of the p value",
    "influence": "Influence of each study",
    "labbe": "L'Abbé plot",
    "labbe-log": "L'Abbé plot on logarithmic scales",
    "prisma": "PRISMA 2020 flow diagram",
    "qq": "Normal quantile plot",
    "radial": "Radial plot",
    "risk-of-bias": "Risk of bias",
    "risk-of-bias-summary": "Risk of bias by domain",
    "survival": "Kaplan–Meier percentages",
    "tau2-profile": "Profile likelihood of τ²",
}
REFERENCES: Mapping[str, str] = {
    "baujat": "Baujat et al. 2002, Stat Med 21:2641-2652",
    "drapery": "Rücker & Schwarzer 2021, Res Synth Methods 12:13-19",
    "funnel-filled": "Duval & Tweedie 2000, Biometrics 56:455-463",
    "funnel-regions": "Peters et al. 2008, J Clin Epidemiol 61:991-996",
    "influence": "Viechtbauer & Cheung 2010, Res Synth Methods 1:112-125",
    "labbe": "L'Abbé, Detsky & O'Rourke 1987, Ann Intern Med 107:224-233",
    "labbe-log": "L'Abbé, Detsky & O'Rourke 1987, Ann Intern Med 107:224-233",
    "prisma": "Page et al. 2021, BMJ 372:n71",
    "radial": "Galbraith 1988, Stat Med 7:889-894",
    "survival": "Parmar, Torri & Stewart 1998, Stat Med 17:2815-2834",
    "tau2-profile": "Hardy & Thompson 1996, Stat Med 15:619-629",
}


def pages_as_blocks(name: str, caption: str, pages: Sequence[Drawn]) -> list[Block]:
    """The pages of a figure as pictures, each with its own name; a figure of one page keeps its caption."""
    if len(pages) == 1:
        return [Picture(name, f"{caption}.", pages[0])]
    return [
        Picture(f"{name}-{at}" if at > 1 else name, f"{caption}, page {at} of {len(pages)}.", page)
        for at, page in enumerate(pages, start=1)
    ]


def figure_blocks(comparison: Comparison) -> list[Block]:
    """Each figure with its caption, in the order in which they were asked for."""
    if not comparison.figures:
        return []
    pictures = [
        Picture(f"{comparison.name}-{name}", f"{_title(name)}: {comparison.about}.", drawing)
        for name, drawing in comparison.figures.items()
    ]
    return [Heading("Further figures", 3), *pictures]


def figure_references(comparison: Comparison) -> tuple[str, ...]:
    """The sources of these figures."""
    return tuple(REFERENCES[name] for name in comparison.figures if name in REFERENCES)


def _title(name: str) -> str:
    """A figure of a tool, such as risk-of-bias-robins-i, has the title of its kind; a script's own its name."""
    kind = max((known for known in TITLES if name == known or name.startswith(f"{known}-")), key=len, default="")
    if not kind:
        return name.replace("-", " ").capitalize()
    more = name[len(kind) + 1 :].replace("-", " ")
    return f"{TITLES[kind]}, {more}" if more else TITLES[kind]
