"""Likely personal data: by the words of a column's name, and by the form of its values."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl
import pytest

from datassay.swamp.personal import name_personal, values_personal


def told(values: list) -> str | None:
    table = pl.DataFrame({"x": values})
    return values_personal(table.lazy(), "x", table.schema["x"], "a table")


def dutch(n: int) -> list[str]:
    """Numbers that pass the Dutch eleven test, computed here: nine digits, weights 9 to 2 and -1."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    rng = random.Random(0)
    found: list[str] = []
    while len(found) < n:
        text = str(rng.randrange(10**8, 10**9))
        if sum(int(digit) * weight for digit, weight in zip(text, weights, strict=True)) % 11 == 0:
            found.append(text)
    return found


def cards(n: int) -> list[str]:
    """Numbers of 16 digits whose last is Luhn's check digit, computed here."""
    rng = random.Random(1)
    found = []
    for _ in range(n):
        body = f"4{rng.randrange(10**14):014d}"
        doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(body)]
        found.append(body + str(-sum(each // 10 + each % 10 for each in doubled) % 10))
    return found


FORMS = {
    "e-mail addresses": [f"person{i}@example.org" for i in range(30)],
    "IP addresses": [f"192.168.{i}.{i + 1}" for i in range(30)],
    "telephone numbers": [f"+44 20 7946 {i:04d}" for i in range(30)],
    "IBANs": ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "FR1420041010050500013M02606"],
    "US social security numbers": [f"{200 + i}-{10 + i}-{1000 + i}" for i in range(30)],
    "payment card numbers": cards(30),
    "Dutch citizen service numbers": dutch(30),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_values(form: str) -> None:
    """Most of the values have the form of something that belongs to people, with its check digits."""
    assert told(FORMS[form]) == form
    assert told([*FORMS[form], None, *(["?"] if len(FORMS[form]) > 5 else [])]) == form


def test_numbers_are_looked_at_as_well() -> None:
    """A column of whole numbers may hold official numbers."""
    assert told([int(each) for each in dutch(40)]) == "Dutch citizen service numbers"


@pytest.mark.parametrize("digits", range(3, 17))
def test_numbers_of_all_lengths_are_no_personal_data(digits: int) -> None:
    """Counted and random ids pass a check digit now and then, and never most of the time."""
    rng = random.Random(digits)
    drawn = [rng.randrange(10 ** (digits - 1), 10**digits) for _ in range(500)]
    counted = [10 ** (digits - 1) + i for i in range(500)]

    assert [told(drawn), told(counted), told([str(each) for each in drawn])] == [None, None, None]


@pytest.mark.parametrize(
    "values",
    [
        [str(date(2026, 1, 1) + timedelta(days=i)) for i in range(60)],
        [f"{i:05d}" for i in range(60)],
        [f"A-{i}" for i in range(60)],
        [f"{i}.{i}" for i in range(60)],
        [f"v1.2.{i}" for i in range(60)],
        ["yes", "no"] * 30,
        [None, None],
        [],
        [1.5, 2.5],
    ],
)  # fmt: skip
def test_other_values_are_none(values: list) -> None:
    """Dates, codes, versions and words have another form; nothing is said of nothing."""
    assert told(values) is None


def test_some_of_the_values_are_not_enough() -> None:
    """A form that half of the values have is no form of the column."""
    assert told([*FORMS["e-mail addresses"], *(f"word {i}" for i in range(30))]) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("email", "an e-mail address"), ("customerEmail", "an e-mail address"), ("first_name", "a name"),
        ("date-of-birth", "a date of birth"), ("ip_address", "a network address"), ("pipeline", None), ("zipped", None),
        ("name", None), ("iban", "a bank account or card"),
    ],
)  # fmt: skip
def test_words_of_names(name: str, expected: str | None) -> None:
    """Whole words tell; parts of a word do not."""
    assert name_personal(name) == expected
