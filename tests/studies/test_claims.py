"""Claims are read with the cells they are held against; a link that leads nowhere is an error with its cell."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from metak2.errors import StudyDataError
from metak2.studies.claims import CLAIM_COLUMNS, EVIDENCE_COLUMNS, Claim, read_claims
from metak2.studies.memberships import Membership, read_memberships

DATASETS = Path(__file__).parents[2] / "datasets"
EFFECTS = [["study", "measure", "estimate", "ci_low", "ci_high"], ["Habu 2004", "HR", 0.13, 0.02, 0.99]]
CLAIM = {
    "claim": "001-01",
    "article": "001",
    "topic": "Liver cancer",
    "sentence": "The risk was 87 % lower.",
    "number": 87,
    "unit": "%",
    "basis": "trial",
    "rule": "per cent lower",
    "scope": "finding",
    "direction": "lower",
}
LINK = {
    "claim": "001-01",
    "dataset": "habu2004",
    "sheet": "effects",
    "cell": "C2",
    "row_of": "Habu 2004",
    "role": "value",
    "unit": "ratio",
}
Write = Callable[[list[Mapping[str, object]], list[Mapping[str, object]]], tuple[Claim, ...]]


@pytest.fixture
def claims(write_book: Callable[..., Path], tmp_path: Path) -> Write:
    def read(claims: list[Mapping[str, object]], links: list[Mapping[str, object]]) -> tuple[Claim, ...]:
        (tmp_path / "habu2004").mkdir(exist_ok=True)
        write_book({"effects": EFFECTS, "notes": [["study", "note"], ["Habu 2004", None]]}, "habu2004/habu2004.xlsx")
        sheets = {
            "claims": [CLAIM_COLUMNS, *([row.get(name) for name in CLAIM_COLUMNS] for row in claims)],
            "evidence": [EVIDENCE_COLUMNS, *([row.get(name) for name in EVIDENCE_COLUMNS] for row in links)],
        }
        return read_claims(write_book(sheets, "claims.xlsx"), tmp_path)

    return read


def wrong(read: Write, claims: list[Mapping[str, object]], links: list[Mapping[str, object]]) -> list[tuple[str, str]]:
    with pytest.raises(StudyDataError) as raised:
        read(claims, links)
    return [(found.code, found.cell) for found in raised.value.problems]


def test_a_claim_is_read_with_the_cell_it_is_held_against(claims: Write) -> None:
    (claim,) = claims([CLAIM], [LINK])
    (evidence,) = claim.evidence
    assert (claim.number, claim.decimals, claim.cell) == (87.0, 0, "claims!A2")
    assert (evidence.value, evidence.column, evidence.number) == (0.13, "estimate", 0.13)


@pytest.mark.parametrize(
    "change,code",
    [
        ({"cell": "C9"}, "MK-V09"),  # no such row
        ({"cell": "Z2"}, "MK-V09"),  # no such column
        ({"sheet": "effect"}, "MK-V09"),
        ({"dataset": "habu2005"}, "MK-V09"),
        ({"sheet": "notes", "cell": "B2"}, "MK-V09"),  # a blank cell is no evidence
        ({"row_of": "Yoshida 2011"}, "MK-V10"),
    ],
)
def test_a_claim_that_points_at_no_evidence_is_an_error_at_its_link(
    claims: Write, change: dict[str, object], code: str
) -> None:
    assert wrong(claims, [CLAIM], [{**LINK, **change}]) == [(code, "evidence!D2")]


def test_evidence_for_a_claim_that_nobody_made_is_an_error_with_the_nearest_name(claims: Write) -> None:
    with pytest.raises(StudyDataError, match="no claim called '001-10'; did you mean \"001-01\"") as raised:
        claims([CLAIM], [{**LINK, "claim": "001-10"}])
    assert [found.cell for found in raised.value.problems] == ["evidence!A2"]


def test_every_wrong_word_is_named_at_once(claims: Write) -> None:
    bad = {**CLAIM, "basis": "trail", "rule": "percent", "scope": "broad", "direction": "down", "number": "many"}
    found = wrong(claims, [bad, CLAIM], [{**LINK, "role": "proof"}])
    assert found == [
        *[("MK-V07", f"claims!{column}2") for column in "HIJK"],
        ("MK-V01", "claims!E2"),
        ("MK-V11", "claims!A3"),
        ("MK-V07", "evidence!F2"),
    ]


def test_a_claim_without_a_sentence_is_an_error(claims: Write) -> None:
    assert wrong(claims, [{**CLAIM, "sentence": None}], []) == [("MK-V06", "claims!D2")]


def test_a_number_inside_a_text_is_the_first_one() -> None:
    found = read_claims(DATASETS / "k2_claims" / "k2_claims.xlsx", DATASETS)
    texts = {e.value: e.number for claim in found for e in claim.evidence if isinstance(e.value, str)}
    assert texts["45 mg/day"] == 45
    assert texts["per 10 ug/day"] == 10
    assert texts["not significant"] is None


def test_memberships_are_read_with_their_cells_and_blanks_are_not_known(write_book: Callable[..., Path]) -> None:
    book = write_book(
        {
            "memberships": [
                ["review", "trial", "holds"],
                ["Iwamoto 2009", "Sato 2005", "yes"],
                ["Mott 2019", "Sato 2005", None],
                ["Mott 2019", "Habu 2004", "no"],
            ]
        }
    )
    assert read_memberships(book) == (
        Membership(review="Iwamoto 2009", trial="Sato 2005", holds=True, cell="memberships!C2"),
        Membership(review="Mott 2019", trial="Habu 2004", holds=False, cell="memberships!C4"),
    )


def test_a_membership_listed_twice_or_in_other_words_is_an_error_at_its_cell(write_book: Callable[..., Path]) -> None:
    head, yes = ["review", "trial", "holds"], ["Iwamoto 2009", "Sato 2005", "yes"]
    book = write_book({"memberships": [head, yes, yes, ["Mott 2019", None, "perhaps"]]})
    with pytest.raises(StudyDataError) as raised:
        read_memberships(book)
    assert [(found.code, found.cell) for found in raised.value.problems] == [
        ("MK-V11", "memberships!B3"),
        ("MK-V06", "memberships!B4"),
        ("MK-V07", "memberships!C4"),
    ]
