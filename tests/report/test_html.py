import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from metak2.report.blocks import Heading, Picture, one_line
from metak2.report.report import rendered
from metak2.report.text_gate import html_text
from tests.report.samples import HOSTILE, Sketch, sample_blocks, sample_report

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Elements with their attributes, the text of table heads, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.rows: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "th" and dict(attrs).get("scope") == "row":
            self.rows.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "th" in self.open and "tbody" in self.open:
            self.rows[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    return rendered(sample_report(names=HOSTILE))["report.html"].decode()


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_hostile_study_names_are_read_as_themselves(page: Page) -> None:
    assert page.rows == [one_line(name) for name in HOSTILE]


def test_no_name_becomes_an_element_or_a_handler(page: Page) -> None:
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_no_name_is_a_template_that_runs(text: str) -> None:
    assert "{{7*7}}" in text
    assert ">49<" not in text


def test_every_element_is_closed(page: Page) -> None:
    assert page.open == []


def test_nothing_comes_from_the_network(text: str, page: Page) -> None:
    linked = {attributes.get("href") for attributes in page.all("a")}
    assert {link for link in linked if link and not link.startswith("#")} == {
        "https://doi.org/10.1001/jama.271.9.698",
        "https://example.org",  # printed by a name in the references; followed only by a reader who clicks
    }
    assert not [attributes for _, attributes in page.elements if "src" in attributes]
    assert re.findall(r"url\((?![\"']?(?:data:font/woff|#))", text) == []
    assert "default-src 'none'" in str(page.all("meta")[1]["content"])


def test_the_page_can_be_heard_as_well_as_seen(page: Page) -> None:
    assert page.all("html") == [{"lang": "en-GB"}]
    assert len(page.all("caption")) == len(page.all("table")) == 1
    assert {attributes["scope"] for attributes in page.all("th")} == {"col", "row"}
    assert page.all("svg")[0]["role"] == "img"
    assert page.all("svg")[0]["aria-labelledby"] == "forest-title forest-desc"
    assert page.all("a")[0]["href"] == "#" + str(page.all("main")[0]["id"])
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels == [1, 2, 3, 2]


def test_ids_are_unique_and_every_inner_link_arrives(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for _, attributes in page.elements if str(attributes.get("href")).startswith("#")]
    assert {str(link)[1:] for link in links} <= set(ids)


def test_two_pictures_of_one_library_keep_their_ids_apart() -> None:
    blocks = (*sample_blocks(), Heading("Results"), Picture("funnel", "Funnel plot.", Sketch(label="SE")))
    found = Page(rendered(sample_report(blocks=blocks))["report.html"].decode())
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"forest-mark", "funnel-mark", "s-results"} <= set(ids)


def test_markdown_and_html_say_the_same() -> None:
    files = rendered(sample_report(names=HOSTILE))
    page = files["report.html"].decode()
    for furniture in (r"<nav.*?</nav>", r'<a class="skip".*?</a>', r"<title>.*?</title>"):
        page = re.sub(furniture, "", page, count=1, flags=re.DOTALL)
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    assert html_text(reader.render(files["report.md"].decode())) == html_text(page)
