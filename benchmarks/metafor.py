"""metafor in an R session that stays open, timed inside R."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

SCRIPT = Path(__file__).parent / "metafor.R"


class Metafor:
    """An R session with metafor; `installed` says whether there can be one."""

    def __init__(self) -> None:
        rscript = shutil.which("Rscript") or "Rscript"
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [rscript, "--vanilla", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version = self._answer("!cat(as.character(packageVersion('metafor')), '')").removesuffix(" ready")

    @staticmethod
    def installed() -> bool:
        """Whether R and metafor are here."""
        rscript = shutil.which("Rscript")
        if rscript is None:
            return False
        question = [rscript, "-e", "quit(status = !requireNamespace('metafor', quietly = TRUE))"]
        return subprocess.run(question, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words

    def prepare(self, code: str, task: str) -> bool:
        """Evaluate a line without timing it; whether the task then runs (its packages may not be installed)."""
        self._answer("!" + code)
        answer = self._answer(f"!tryCatch({{{task}}}, error = function(e) cat('failed: '))")
        return not answer.startswith("failed: ")

    def seconds(self, code: str) -> float:
        """CPU seconds per call of one line of R."""
        return float(self._answer(code))

    def _answer(self, line: str) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the R session has no pipes")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the R session ended at: {line[:200]}")
        return answer.strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)


def vector(values: Sequence[float]) -> str:
    """Numbers as R writes them, to the last digit."""
    return f"c({','.join(repr(float(value)) for value in values)})"
