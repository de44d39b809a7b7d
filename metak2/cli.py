"""The `metak2` command. Heavy libraries load inside the commands, so that `--help` answers at once.

Exit codes: 0, 1 (problems in the data, differences, expected numbers not found), 2 (usage).
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, cast

import typer

from metak2.errors import CellProblem, MetaError
from metak2.plan.command_words import as_options
from metak2.version import __version__

app = typer.Typer(
    name="metak2",
    help="Meta-analysis of clinical trials: from the workbook to a report that a machine can check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"metak2 {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Meta-analysis of clinical trials: from the workbook to a report that a machine can check."""


@app.command()
def run(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Plans (.toml), scripts (.py) or folders of them.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the reports, one subfolder each.")] = Path("reports"),
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", "-f", help="html md docx pdf xlsx; may be repeated. Default: what the analysis names."
        ),
    ] = None,
) -> None:
    """Run analyses and write their reports."""
    from metak2.plan.run import analyses_in
    from metak2.plan.run import run as run_one
    from metak2.report.formats import known_formats

    asked = known_formats(formats or ())
    analyses = [analysis for path in paths for analysis in analyses_in(path)]
    failed: list[str] = []
    with typer.progressbar(analyses, label="Analyses", file=sys.stderr, item_show_func=_stem) as bar:
        for analysis in bar:
            try:
                ran = run_one(analysis, out, formats=asked)
            except MetaError as error:
                failed.append(f"{analysis}: {error}")
            else:
                typer.echo(f"{analysis} → {ran.folder}")
                failed += [f"{analysis}: {line}" for line in ran.unmet]
    _fail(failed)


@app.command()
def verify(
    analyses: Annotated[Path, typer.Argument(help="Folder of plans and scripts.")] = Path("analyses"),
    reports: Annotated[Path, typer.Argument(help="Folder of committed reports.")] = Path("reports"),
    rewrite: Annotated[bool, typer.Option("--update", help="Write those reports anew that do not follow.")] = False,
) -> None:
    """Do the committed reports still follow from the committed data? One line per difference, exit 1 if any."""
    from metak2.plan.run import analyses_in
    from metak2.plan.verify import update
    from metak2.plan.verify import verify as differences

    if rewrite:
        for folder in update(analyses_in(analyses), reports):
            typer.echo(f"{folder} was written anew")
    verdict = differences(analyses_in(analyses), reports)
    for line in verdict.information:
        typer.echo(line)
    _fail(list(verdict.differences))
    typer.echo(f"The reports in {reports} follow from the data and the analyses in {analyses}.")


@app.command()
def pool(  # noqa: PLR0913, PLR0917 - a command line's options are its arguments
    workbook: Annotated[Path, typer.Argument(help="Workbook (.xlsx) or .csv: wide, or long with an outcome sheet.")],
    measure: Annotated[str, typer.Option("--measure", "-m", help="RR OR RD PETO MD SMD ROM IRR HR GEN.")],
    method: Annotated[str | None, typer.Option(help="CE MH PETO DL PM ML REML.")] = None,
    convention: Annotated[str, typer.Option(help="metak2, cochrane, revman5 or metafor.")] = "metak2",
    outcome: Annotated[str | None, typer.Option(help="Outcome, where the workbook holds several.")] = None,
    at: Annotated[str | None, typer.Option(help="Time, where the outcome has several.")] = None,
    experimental: Annotated[list[str] | None, typer.Option(help="Experimental arm; may be repeated.")] = None,
    control: Annotated[list[str] | None, typer.Option(help="Control arm; may be repeated.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet, where several could be meant.")] = None,
) -> None:
    """A quick answer in the terminal, with a text forest plot."""
    from metak2.effects.front import effect_sizes
    from metak2.models.pool import pool as pool_effects
    from metak2.studies.read import read_studies
    from metak2.studies.selection import Selection

    asked: Selection = {}
    if outcome:
        asked["outcome"] = outcome
    if at:
        asked["at"] = at
    if experimental:
        asked["experimental"] = experimental
    if control:
        asked["control"] = control
    studies = read_studies(workbook, sheet=sheet, **asked)
    typer.echo(str(pool_effects(effect_sizes(studies, measure=measure), method=method, convention=convention)))
    for problem in studies.problems:
        typer.echo(problem.line(), err=True)


@app.command("pool-many")
def pool_many(  # noqa: PLR0913, PLR0917 - a command line's options are its arguments
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Tables of studies: .parquet .csv .csv.gz.")],
    by: Annotated[str, typer.Option(help="Columns that name a meta-analysis, divided by commas.")],
    out: Annotated[Path, typer.Option(help="File of results, .parquet or .csv, one row per meta-analysis.")],
    measure: Annotated[str, typer.Option("--measure", "-m", help="What yi is, or what to compute: RR OR MD …")] = "GEN",
    method: Annotated[str | None, typer.Option(help="CE MH PETO DL PM ML REML.")] = None,
    test: Annotated[str | None, typer.Option(help="z t HK HK-adhoc.")] = None,
    convention: Annotated[str, typer.Option(help="metak2, cochrane, revman5 or metafor.")] = "metak2",
    level: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.95,
) -> None:
    """Pool a table of many meta-analyses, one row per study, into one row each."""
    from metak2.models.many.front import ManyOptions
    from metak2.models.many.front import pool_many as pool_table
    from metak2.models.many.outputs import counted_statuses

    options = cast("ManyOptions", {"method": method, "test": test, "convention": convention, "level": level})
    path = pool_table(files, by=by.split(","), measure=measure, out=out, **options)
    counts = counted_statuses(path)
    typer.echo(f"{sum(counts.values()):,} meta-analyses → {path.as_posix()}")
    for words, number in counts.items():
        typer.echo(f"{number:12,}  {words}")


@app.command()
def check(
    workbooks: Annotated[
        list[Path], typer.Argument(metavar="WORKBOOK…", help="Workbooks, text files, RevMan or Covidence exports.")
    ],
    style: Annotated[str, typer.Option("--format", help="text, json, sarif or html, on standard output.")] = "text",
    annotate: Annotated[bool, typer.Option("--annotate", help="Write NAME.checked.xlsx with comments.")] = False,
    answers: Annotated[Path | None, typer.Option(help="Answers, if not in NAME.answers.toml beside it.")] = None,
    map_columns: Annotated[
        bool, typer.Option("--map", help="Write NAME.map.toml, what each column is read as, and stop.")
    ] = False,
) -> None:
    """Find what a spreadsheet and tired people did to the data. Exit 0: clean or all answered; 1: open errors."""
    from metak2.report.check_formats import STYLES, render
    from metak2.studies.annotate import annotate as annotated
    from metak2.studies.gate.workbook import check_workbook

    if style not in STYLES:
        raise typer.BadParameter(f"{style!r} is not one of {', '.join(STYLES)}", param_hint="--format")
    for file in workbooks:
        if not file.is_file():
            raise typer.BadParameter(f"no file {file}", param_hint="WORKBOOK")
    if len(workbooks) > 1 and (style != "text" or answers or map_columns):
        raise typer.BadParameter("--format, --answers and --map take one workbook", param_hint="WORKBOOK")
    workbook = workbooks[0]
    if map_columns:
        from metak2.studies.mapping import write_mapping
        from metak2.studies.read import map_columns as guessed

        try:
            typer.echo(write_mapping(workbook, guessed(workbook)).as_posix())
        except FileExistsError as error:
            raise typer.BadParameter(f"{error} is already there; delete it first", param_hint="--map") from error
        return
    worst = 0
    for file in workbooks:
        report = check_workbook(file, answers=answers, also=_recomputed(file))
        typer.echo(render(report, style), nl=False)
        if annotate:
            typer.echo(f"{annotated(file, report.problems)}", err=True)
        worst = max(worst, report.exit_code)
    raise typer.Exit(worst)


@app.command()
def trace(
    report: Annotated[Path, typer.Argument(help="Folder of a report, such as reports/bcg.")],
    number: Annotated[str, typer.Argument(help="A number as the report prints it, such as 0.63.")],
) -> None:
    """Where does a number of a report come from? Its cells and formulas; exit 1 where it stands nowhere."""
    from metak2.report.trace import trace as find

    try:
        typer.echo(find(report, number).text())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NUMBER") from error


@app.command()
def integrity(
    analysis: Annotated[Path, typer.Argument(help="A plan (.toml), or a workbook with a sheet studies.")],
    retraction_watch: Annotated[
        Path, typer.Option("--retraction-watch", help="The CSV of gitlab.com/crossref/retraction-watch-data.")
    ],
) -> None:
    """Which trials have a notice in Retraction Watch, and what the answer is without them; exit 1 if any is new."""
    from metak2.plan.integrity import integrity_of

    found = integrity_of(analysis, retraction_watch)
    typer.echo(found.text)
    if found.news:
        raise typer.Exit(1)


@app.command()
def reconcile(
    first: Annotated[Path, typer.Argument(metavar="A", help="Workbook of the first extractor.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Workbook of the second extractor.")],
    out: Annotated[Path, typer.Option(help="The third workbook, to decide in; never overwritten.")] = Path(
        "reconciled.xlsx"
    ),
) -> None:
    """Where two extractors differ, with per cent agreement and Cohen's kappa; exit 1 where anything is to decide."""
    from metak2.display.reconciliation import reconciliation_text
    from metak2.studies.reconcile import reconcile as compare
    from metak2.studies.reconcile_workbook import write_reconciliation

    found = compare(first, second)
    typer.echo(reconciliation_text(found))
    typer.echo(f"Both side by side, to decide in: {write_reconciliation(found, out).as_posix()}")
    if found.disagreements or found.only:
        raise typer.Exit(1)


@app.command()
def diff(  # noqa: PLR0913, PLR0917 - a command line's options are its arguments
    old: Annotated[str, typer.Argument(help="A workbook, an analysis, a folder of a report, or a git revision.")],
    new: Annotated[str, typer.Argument(help="The other one. Left out: the files as they stand now.")] = "",
    plan: Annotated[Path | None, typer.Option(help="The plan that reads the workbooks; one analysis only.")] = None,
    analyses: Annotated[Path, typer.Option(help="Folder of plans and scripts, for git revisions.")] = Path("analyses"),
    every: Annotated[bool, typer.Option("--all", help="Every number of results.json, not the answers only.")] = False,
    style: Annotated[str, typer.Option("--format", help="text, json, md or html, on standard output.")] = "text",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the comparison as page, Markdown, JSON, figures.")
    ] = None,
) -> None:
    """What moved between two versions, and which cell or option moved it; exit 0 nothing, 1 numbers moved, 2 usage."""
    from metak2.plan.diff import Asked, DiffError, compare
    from metak2.plan.diff_written import STYLES, diff_written, write_diff

    if style not in STYLES:
        raise typer.BadParameter(f"{style!r} is not one of {', '.join(STYLES)}", param_hint="--format")
    try:
        compared = compare(old, new, Asked(plan=plan, analyses=analyses, every=every))
    except DiffError as error:
        raise typer.BadParameter(str(error), param_hint="OLD NEW") from error
    typer.echo(diff_written(compared, style), nl=False)
    if out:
        typer.echo(f"Written to {write_diff(compared, out).as_posix()}", err=True)
    if any(one.found.moved for one in compared):
        raise typer.Exit(1)


@app.command()
def export(
    analysis: Annotated[Path, typer.Argument(help="A plan (.toml), a script (.py) or a folder of them.")],
    out: Annotated[Path, typer.Option(help="Folder for the exports, one subfolder each analysis.")] = Path("exports"),
) -> None:
    """Take the results elsewhere: effect table, metafor script, RevMan CSV, workbook with live formulas."""
    from metak2.plan.run import analyses_in, run_plan
    from metak2.report.exports import write_exports

    failed: list[str] = []
    for path in analyses_in(analysis):
        try:
            typer.echo(f"{path} → {write_exports(run_plan(path), out.resolve() / path.stem)}")
        except MetaError as error:
            failed.append(f"{path}: {error}")
    _fail(failed)


@app.command()
def watch(
    plan: Annotated[Path, typer.Argument(help="A plan (.toml) or script (.py).")],
    out: Annotated[Path, typer.Option(help="Folder for the report, one subfolder.")] = Path("reports"),
) -> None:
    """Run the analysis again whenever its plan or workbook is saved, until Ctrl+C."""
    from metak2.plan.run import analyses_in
    from metak2.plan.watch import watch as watch_files

    if plan.is_dir():
        raise typer.BadParameter(f"{plan} is a folder; one analysis is watched at a time", param_hint="PLAN")
    (only,) = analyses_in(plan)
    watch_files(only, out, typer.echo)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the review: lower-case letters, digits, - and _.")],
) -> None:
    """Write a workbook template with its codebook and a plan that runs on it."""
    from metak2.plan.new import new_review

    for path in new_review(name, Path()):
        typer.echo(path.as_posix())


@app.command()
def schema() -> None:
    """Print the JSON schema of results.json."""
    from metak2.report.results_schema import results_schema

    typer.echo(results_schema(), nl=False)


@app.command()
def explain(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan (.toml).")],
    against: Annotated[
        str | None,
        typer.Option(help="A convention: which of its settings moves which number (metak2 cochrane revman5 …)."),
    ] = None,
) -> None:
    """Explain an analysis step by step, each number in its formula, or why another package's numbers differ."""
    from metak2.plan.explain import explain_plan

    typer.echo(explain_plan(plan, against=against))


def main() -> None:
    """Run the command line; a user's mistake is a message and exit code 1, never a traceback."""
    with suppress(AttributeError, ValueError):  # a stream that cannot be reconfigured prints what it can
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # TextIO has no such method in the stubs
    try:
        app()
    except MetaError as error:
        typer.echo(as_options(str(error), _options()), err=True)
        sys.exit(1)


def _options() -> set[str]:
    """The names of the options of the command that was given."""
    command = getattr(typer.main.get_command(app), "commands", {}).get(next(iter(sys.argv[1:]), ""))
    return {option.name for option in command.params if option.param_type_name == "option"} if command else set()


def _recomputed(file: Path) -> tuple[CellProblem, ...]:
    """Where RevMan's own results do not follow from its data; empty for a file that is not RevMan's."""
    if file.suffix.lower() not in {".rm5", ".zip", ".csv"}:
        return ()
    from metak2.errors import StudyDataError
    from metak2.models.revman_check import check_revman

    try:
        return check_revman(file).problems
    except StudyDataError:  # no RevMan file, or one that cannot be read: `check_workbook` says which
        return ()


def _stem(path: Path | None) -> str:
    return path.stem if path else ""


def _fail(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line, err=True)
    if lines:
        raise typer.Exit(1)
