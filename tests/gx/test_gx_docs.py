"""The tables of docs/gx-polars.md are those of the code, and its first example runs."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

DOC = (Path(__file__).parents[2] / "docs" / "gx-polars.md").read_text(encoding="utf-8")


def test_tables_are_current(capsys: Any) -> None:
    """The documentation holds what `python -m datassay.gx.coverage` prints."""
    from datassay.gx.coverage import main

    main()

    assert capsys.readouterr().out.strip() in DOC, "print it again: python -m datassay.gx.coverage"


def test_first_example_runs() -> None:
    """The example for users of Great Expectations without the rest of datassay does what it says."""
    example = re.findall(r"```python\n(.*?)```", DOC, re.DOTALL)[0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(example, "docs/gx-polars.md", "exec"), {})
