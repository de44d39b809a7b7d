"""The house stands: imports go down, locked shelves stay locked, no module is a drawer for odds and ends."""

import ast
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "metak2"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = (
    "errors",
    "kernels",
    "studies",
    "effects",
    "models",
    "robustness",
    "display",
    "plots",
    "report",
    "plan",
    "words",
    "cli",
)
EVERYWHERE = {"version", "argument_types", "shown"}
NAMELESS = {"utils", "helpers", "common", "misc", "base"}
LOCKED = {
    "matplotlib": ("plots/",),
    "openpyxl": (
        "studies/excel.py",
        "studies/template.py",
        "studies/annotate.py",
        "studies/appearance.py",
        "studies/reconcile_workbook.py",
        "report/workbook.py",
        "report/live_workbook.py",
    ),
    "jinja2": ("report/",),
    "docx": ("report/docx", "report/word_"),
    "typst": ("report/pdf.py",),
}


def floor_of(name: str) -> str:
    return name.split(".")[1] if name.count(".") else ""


def imports_of(path: Path) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            modules = [name for name in inside if (PACKAGE.parent / f"{name.replace('.', '/')}.py").exists()]
            found += [(name, node.level) for name in modules or [node.module or ""]]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_from_its_own_floor_or_one_below(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py").replace("__main__", "cli")
    if own == "__init__":
        return
    for name, level in imports_of(path):
        assert level == 0, f"{path}: relative import of {name}"
        if name.startswith("metak2.") and floor_of(name) not in EVERYWHERE and own not in EVERYWHERE:
            assert FLOORS.index(floor_of(name)) <= FLOORS.index(own), f"{path}: {own} may not import {name}"


def test_no_two_modules_import_each_other() -> None:
    graph = {}
    for path in MODULES:
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if name != "metak2":  # it names every public home, for type checkers only
            graph[name] = {found for found, _ in imports_of(path) if found.startswith("metak2.")}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in sorted(graph.get(name, ())):
                visit(other, (*path, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())
    assert len(done) >= len(MODULES) - 1


@pytest.mark.parametrize("library", sorted(LOCKED))
def test_a_locked_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    for path in MODULES:
        where = path.relative_to(PACKAGE).as_posix()
        if not where.startswith(LOCKED[library]):
            assert library not in {name.split(".")[0] for name, _ in imports_of(path)}, where


def test_kernels_know_numpy_and_special_functions_only() -> None:
    allowed = {"numpy", "numpy.typing", "scipy.special", "metak2.errors"}
    for path in (PACKAGE / "kernels").glob("*.py"):
        for name, _ in imports_of(path):
            own = name.startswith("metak2.kernels") or name.split(".")[0] in sys.stdlib_module_names
            assert own or name in allowed, f"{path}: {name}"


def test_the_exponential_of_a_result_is_taken_in_measures_only() -> None:
    for path in MODULES:
        where = path.relative_to(PACKAGE).as_posix()
        if where.startswith(("kernels/", "effects/measures.py")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = (
                called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
            )
            assert name not in {"exp", "expm1"}, f"{where}:{getattr(node, 'lineno', 0)} takes an exponential"


@pytest.mark.parametrize("path", sorted((PACKAGE.parent / "analyses").glob("*.py")), ids=lambda p: p.stem)
def test_an_analysis_needs_public_names_only(path: Path) -> None:
    own = {name for name, _ in imports_of(path) if name.split(".")[0] == "metak2"}
    assert own <= {"metak2", "metak2.words"}, "what a script needs, every user's script may need"


def test_nothing_is_kept_that_nobody_can_call() -> None:
    public = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8")
    words = Counter(word for path in MODULES for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
    idle = []
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                used = words[node.name] > 1 or bool(node.decorator_list)
                if not used and f"import {node.name} as" not in public:
                    idle.append(f"{path.relative_to(PACKAGE)}: {node.name}")
    assert idle == []


def test_every_module_is_named_for_what_it_holds() -> None:
    assert not NAMELESS & {path.stem for path in MODULES}


def test_files_and_functions_stay_small_enough_to_read() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, f"{path} is too long for one room"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 70, f"{path}: {node.name} has {lines} lines"


@pytest.mark.parametrize(
    "code, forbidden",
    [
        ("import metak2", ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")),
        ("from metak2.cli import app", ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "openpyxl", "jinja2")),
        ("import metak2; metak2.pool, metak2.effects_from", ("pandas", "statsmodels", "matplotlib", "scipy.optimize")),
        ("import metak2.studies.read", ("pandas", "matplotlib", "scipy")),
    ],
)  # fmt: skip
def test_heavy_libraries_load_only_when_they_are_needed(code: str, forbidden: tuple[str, ...]) -> None:
    seen = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert not set(forbidden) & set(seen.stdout.split())


def test_the_verb_report_stays_a_verb_whatever_was_imported_before() -> None:
    code = "import metak2, metak2.report.blocks; metak2.Comparison; import metak2.report.tables; metak2.report.__call__"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names_are_sorted_and_each_has_a_home() -> None:
    import metak2  # noqa: PLC0415 - the test is about this import

    assert all(a < b for a, b in pairwise(metak2.__all__))
    for name in metak2.__all__:
        assert getattr(metak2, name) is not None
