import pytest

from metak2.report.blocks import Column, Picture, Table, addresses, one_line
from tests.report.samples import Sketch


def test_text_stands_on_one_line_without_control_characters() -> None:
    assert one_line(" Habu\r\n2004\t\0(Osaka)\u2028 ") == "Habu 2004 (Osaka)"


def test_direction_overrides_cannot_turn_the_text_after_a_name() -> None:
    assert one_line("\u202e10.0\u202c = p") == "10.0 = p"


def test_no_break_spaces_and_foreign_scripts_stay() -> None:
    assert one_line("95\u202f% 佐藤 שלום") == "95\u202f% 佐藤 שלום"


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert one_line("a\ud800b") == "a\ufffdb"


@pytest.mark.parametrize("name", ["../forest", "Forest", "", "a b", "a/b", ".hidden"])
def test_a_picture_is_named_as_a_file_may_be(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a picture"):
        Picture(name, "A caption", Sketch())


def test_every_row_of_a_table_has_a_cell_for_every_column() -> None:
    with pytest.raises(ValueError, match=r"rows \[2\] do not have 1 cells"):
        Table("Trials", (Column("Study"),), (("Habu 2004",), ("Yoshida 2011", "0.98")))


def test_a_table_has_a_caption() -> None:
    with pytest.raises(ValueError, match="needs a caption"):
        Table(" ", (Column("Study"),), ())


def test_only_https_addresses_are_links_and_they_end_before_the_full_stop() -> None:
    text = "See https://doi.org/10.1016/S0140-6736(94)92407-4. Not javascript:alert(1) nor http://x.org."
    assert [part for part, is_address in addresses(text) if is_address] == [
        "https://doi.org/10.1016/S0140-6736(94)92407-4"
    ]
    assert "".join(part for part, _ in addresses(text)) == text
