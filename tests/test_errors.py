"""The error that speaks for several, and names in hints."""

import subprocess

import pytest

from datassay.errors import (
    DataError,
    DeliveryError,
    GateError,
    InconclusiveError,
    SpecError,
    as_argument,
    first_to_tell,
)


@pytest.mark.parametrize(
    ("errors", "first"),
    [
        ([SpecError("a")], SpecError),
        ([SpecError("a"), DataError("b"), DeliveryError("c")], DataError),
        ([InconclusiveError("a"), SpecError("b"), DeliveryError("c")], DeliveryError),
        ([InconclusiveError("a"), GateError("b"), SpecError("c")], SpecError),
    ],
)
def test_what_to_do_first_is_told_first(errors, first):
    """Trying again comes before making room, and that before what a person has to correct."""
    assert type(first_to_tell(errors)) is first


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
