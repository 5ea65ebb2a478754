"""Numbers that a definition may hold, by their range."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError


def _refuse_boolean(value: Any, *, kind: Literal["float_type", "int_type"]) -> Any:
    """Refuse what pydantic would take for 0 or 1: `yes` and `on` are booleans in YAML."""
    if isinstance(value, bool):
        raise PydanticCustomError(kind, "a number is needed")
    return value


_NUMBER = BeforeValidator(partial(_refuse_boolean, kind="float_type"))
_WHOLE = BeforeValidator(partial(_refuse_boolean, kind="int_type"))
#: The bounds come first: pydantic takes those behind a function for checks of any value.
Fraction = Annotated[float, Field(ge=0, le=1), _NUMBER]
Share = Annotated[float, Field(gt=0, le=1), _NUMBER]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), _NUMBER]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False), _NUMBER]
Count = Annotated[int, Field(ge=0), _WHOLE]
AtLeastOne = Annotated[int, Field(ge=1), _WHOLE]
EnoughRows = Annotated[int, Field(ge=200), _WHOLE]
