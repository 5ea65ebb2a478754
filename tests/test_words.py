"""The words that messages share."""

import subprocess

import pytest

from datassay.words import as_argument, as_clause, plural


@pytest.mark.parametrize(
    ("name", "shown"),
    [("x", "x"), ("ünï-2.b", "ünï-2.b"), ("a b", '"a b"'), ("it's", '"it\'s"'), ("<b>x&y", '"<b>x&y"'), ("", '""')],
)
def test_a_name_in_a_hint_is_one_argument(name, shown):
    """Whoever copies a hint gives the shell the name as it is; only names that need quotes have them."""
    assert as_argument(name) == shown
    for hostile in (name, f"{name}$HOME", f'{name}"`id`', f"{name}\\'!"):
        done = subprocess.run(
            ["sh", "-c", f"printf %s {as_argument(hostile)}"], capture_output=True, text=True, check=True
        )
        assert done.stdout == hostile


def test_one_thing_is_singular():
    """A count and its noun agree, and thousands are set apart."""
    assert [plural(n, "row") for n in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert [plural(n, "class", "classes") for n in (1, 2)] == ["1 class", "2 classes"]


@pytest.mark.parametrize(
    ("sentence", "clause"),
    [
        ("The model is too weak. Name more features.", "the model is too weak. Name more features"),
        ("A class is too rare.", "a class is too rare"),
        ("Allocation failed", "Allocation failed"),
        ("'Y' has no order.", "'Y' has no order"),
        ("", ""),
    ],
)
def test_a_sentence_becomes_the_end_of_another(sentence, clause):
    """Only words that are surely no names lose their capital; the last stop goes."""
    assert as_clause(sentence) == clause
