"""A review of one's own: a workbook to fill in, a plan that runs on its example rows, and checks around both."""

import re
from pathlib import Path

from metak2.errors import PlanError
from metak2.plan.review_files import review_files
from metak2.studies.template import write_template

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

PLAN = """\
# Run with: metak2 run analyses/{name}.toml
title   = "{name}: title of the review"
about   = "the experimental treatment and the outcome"
# style = "cochrane"    # plain cochrane bmj jama lancet: numbers and figures of the whole report
measure = "RR"          # RR OR RD PETO (counts), MD SMD ROM (means), IRR (rates), HR GEN (reported effects)

[studies]
file         = "datasets/{name}/{name}.xlsx"
outcome      = "example outcome"
at           = "12 months"
experimental = "treatment"
control      = "placebo"

[primary]
method = "REML"         # CE MH PETO DL PM ML REML
test   = "HK"           # Hartung–Knapp; "z" for Wald

# [[sensitivity]]
# method = "MH"
# [[sensitivity]]
# design = "leave-one-out"
# [[subgroups]]
# by = "dose"

# At the top: manuscript = true writes Methods and Results to copy from, prisma_checklist = true who answers which item.
# More than two treatments: [network], with file, measure, reference and small = "good" or "bad" (docs/networks.md).
# [[absolute]]
# baseline_risk = "median control"
# horizon       = "12 months"
# [grade]                   # no certainty is printed while one of the five domains below is blank
# outcome      = "example outcome"
# intervention = "treatment"
# size         = "small"    # large moderate small trivial: for GRADE's statement, by a person
# risk_of_bias     = {{ judgement = "serious", reason = "…" }}
# inconsistency    = {{ judgement = "not serious", reason = "…" }}
# indirectness     = {{ judgement = "not serious", reason = "…" }}
# imprecision      = {{ judgement = "serious", reason = "…" }}
# publication_bias = {{ judgement = "undetected", reason = "…" }}
"""


def new_review(name: str, folder: Path) -> list[Path]:
    """Write `datasets/<name>/<name>.xlsx` and `analyses/<name>.toml` below the folder, and what a repository needs.

    Nothing is overwritten: a second review in the same folder shares the workflow, hooks, README and pinned versions
    that are there. The paths of what was written, workbook and plan first.

    Raises
    ------
    PlanError
        The name is not made of lower-case letters, digits, "-" and "_", or one of the files is already there.
    """
    if not NAME.fullmatch(name):
        raise PlanError(["a name has lower-case letters, digits, - and _ only"], source=name)
    workbook = folder / "datasets" / name / f"{name}.xlsx"
    plan = folder / "analyses" / f"{name}.toml"
    taken = [f"{path.as_posix()} is already there; nothing was written" for path in (workbook, plan) if path.exists()]
    if taken:
        raise PlanError(taken, source=name)
    workbook.parent.mkdir(parents=True, exist_ok=True)
    plan.parent.mkdir(parents=True, exist_ok=True)
    write_template(workbook, measure_kind="counts")
    plan.write_text(PLAN.format(name=name), encoding="utf-8", newline="\n")
    beside = {folder / path: content for path, content in review_files(name).items()}
    absent = [path for path in beside if not path.exists()]
    for path in absent:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(beside[path], encoding="utf-8", newline="\n")
    return [workbook, plan, *absent]
