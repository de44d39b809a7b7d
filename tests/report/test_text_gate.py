import pytest

from metak2.report.report import rendered
from metak2.report.text_gate import docx_text, html_text, text_differences
from tests.report.samples import HOSTILE, sample_report


def test_another_version_alone_is_no_difference() -> None:
    assert list(text_differences("a\nWritten by metak2 0.1.0.\n", "a\nWritten by metak2 0.2.0.\n")) == []


def test_each_line_that_changed_is_one_line() -> None:
    committed = "Title\n\nRR 0.49\nkept\ngone"
    fresh = "Title\n\nRR 0.50\nkept\nmore\neven more"
    assert list(text_differences(committed, fresh)) == [
        "“RR 0.49” became “RR 0.50”",
        "“gone” became “more”",
        "new text “even more”",
    ]


def test_a_line_that_is_gone_is_said_to_be_gone() -> None:
    assert list(text_differences("a\nb\n", "a\n")) == ["“b” is no longer written"]


def test_a_long_line_is_cut() -> None:
    (line,) = text_differences("x" * 500, "y" * 500)
    assert len(line) < 260


def test_a_page_is_reduced_to_what_is_read() -> None:
    page = (
        "<title>BCG</title><style>p { color: red }</style><h2>Results</h2>\n"
        "<p>RR &lt; 1\n and <strong>so</strong> on</p>"
        "<svg><title>hidden</title><text>0.49</text></svg><table><tr><th>Study</th><td>0.41</td></tr></table>"
    )
    assert html_text(page).splitlines() == ["BCG", "Results", "RR < 1 and so on", "Study 0.41"]


def test_a_word_file_is_reduced_to_what_is_read() -> None:
    word = docx_text(rendered(sample_report(names=HOSTILE), formats=("docx",))["report.docx"]).splitlines()
    assert word[:3] == [
        "BCG & tuberculosis",
        "Data as of 2026-11-01.",
        "The risk ratio is 0.49 (95\u202f% CI 0.33 to 0.73), p < 0.001.",
    ]
    assert any(line.startswith("Written by metak2 ") for line in word)
    assert word[-1] == "Forest plot of 13 trials: pooled risk ratio 0.49."
    assert word.count("{{7*7}}") == 3


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_word_file_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="no Word document"):
        docx_text(content)
