"""What tests of several floors share."""

import matplotlib as mpl
import pytest
from matplotlib.font_manager import fontManager


@pytest.fixture
def only_what_matplotlib_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the fonts that this machine happens to have installed."""
    bundled = [entry for entry in fontManager.ttflist if mpl.get_data_path() in entry.fname]
    monkeypatch.setattr(fontManager, "ttflist", bundled)
