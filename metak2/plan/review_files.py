"""What a review's own repository holds beside its data: the checks that run by themselves, and how to run them by hand.

The checks are those of the command line, so that a reviewer, a pre-commit hook and GitHub say the same.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version

from metak2.version import __version__

PYTHON = "3.11"
WORKFLOW = """\
# Says of every push and pull request whether the data are sound and the committed reports follow from them.
name: metak2
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  reports:
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "{python}"
          cache: pip
      - name: Install metak2 and all it needs, in the versions that wrote the reports
        run: python -m pip install --requirement requirements.txt
      - name: The data are sound
        run: metak2 check datasets/*/*.xlsx
      - name: Every analysis runs
        run: metak2 run --out built analyses
      - name: The committed reports follow from the data
        run: metak2 verify analyses reports
      - name: What this pull request moves, and which cells move it
        if: always() && github.event_name == 'pull_request'
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
        run: metak2 diff "$BASE" HEAD --format md >> "$GITHUB_STEP_SUMMARY" || test $? -eq 1
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: reports
          path: built
          if-no-files-found: ignore
"""
HOOKS = """\
# pip install pre-commit && pre-commit install: then no commit holds unsound data or a report that does not follow.
repos:
  - repo: local
    hooks:
      - id: metak2-check
        name: metak2 check (the data are sound)
        entry: metak2 check
        language: system
        files: ^datasets/.*\\.(xlsx|xlsm|csv|ods)$
        exclude: (^|/)~\\$|\\.checked\\.
        require_serial: true
      - id: metak2-verify
        name: metak2 verify (the reports follow from the data)
        entry: metak2 verify analyses reports
        language: system
        files: ^(datasets|analyses|reports)/
        pass_filenames: false
"""
README = """\
# {name}

The data of this review stand in `datasets/`, the questions asked of them in `analyses/`, the answers in `reports/`.

## Two commands

```sh
python -m pip install --requirement requirements.txt    # once: metak2 and all it needs, in fixed versions
metak2 run analyses                                     # writes reports/: open reports/{name}/report.html
```

## Before a commit

```sh
metak2 check datasets/*/*.xlsx     # what cannot be right in the data, cell by cell
metak2 diff HEAD                   # what moved since the last commit, and which cell moved it
metak2 verify                      # do the reports in this folder follow from the data?
```

`.github/workflows/metak2.yml` asks the same of every push; `pre-commit install` asks it of every commit.
"""
IGNORED = """\
# what Excel, LibreOffice and metak2 leave beside a workbook
~$*
.~lock.*
*.checked.xlsx
.*.writing/
.*.previous/
built/
exports/
.venv/
__pycache__/
"""
ATTRIBUTES = """\
# a report is reproducible to the byte: no checkout may change its line ends
* text=auto eol=lf
reports/** -text
*.xlsx binary
"""


def review_files(name: str) -> Mapping[str, str]:
    """Path → content of the files beside the data and the plan of a review."""
    return {
        ".github/workflows/metak2.yml": WORKFLOW.format(python=PYTHON),
        ".pre-commit-config.yaml": HOOKS,
        ".gitattributes": ATTRIBUTES,
        ".gitignore": IGNORED,
        "README.md": README.format(name=name),
        "requirements.txt": "".join(f"{line}\n" for line in pinned()),
    }


def pinned() -> Iterator[str]:
    """metak2 with all formats, and everything it needs, in the versions that are installed here."""
    yield "# metak2 writes the same bytes again only with these versions. Put its wheel here if your index has none."
    yield f"metak2[docx,formats,pdf]=={__version__}"
    yield from sorted(f"{name}=={found}" for name, found in _needed("metak2", {}).items() if name != "metak2")


def _needed(name: str, seen: dict[str, str]) -> dict[str, str]:
    """Every distribution that this one needs, directly or through others, that is installed here."""
    try:
        found = version(name)
    except PackageNotFoundError:
        return seen
    seen[name] = found
    for line in requires(name) or ():
        other = re.match(r"[A-Za-z0-9._-]+", line)
        wanted = "extra ==" not in line or (name == "metak2" and re.search(r"extra == .(docx|formats|pdf).", line))
        if other and wanted and _plain(other[0]) not in seen:
            _needed(_plain(other[0]), seen)
    return seen


def _plain(name: str) -> str:
    """The name as package indexes normalise it."""
    return re.sub(r"[-_.]+", "-", name).lower()
