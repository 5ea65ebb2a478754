"""The error that speaks for several."""

import pytest

from datassay.errors import DataError, DeliveryError, GateError, InconclusiveError, SpecError, first_to_tell


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
