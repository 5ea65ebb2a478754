"""Which columns notebooks read: cells in order, magics, other kernels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datassay.swamp.evidence import SourceResult, TableSchema
from datassay.swamp.sources.cells import to_python
from datassay.swamp.sources.mentions import read_code
from datassay.swamp.sources.python import read_notebooks, read_python

PEOPLE = TableSchema(("people",), "data/people.csv", ("id", "age", "income", "sex", "score", "city"))


def notebook(*cells: str, language: str = "python", **more: object) -> str:
    listed = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    text = {"cell_type": "markdown", "source": ['uses df["city"]']}
    return json.dumps(
        {"cells": [text, *listed], "metadata": {"language_info": {"name": language}}, "nbformat": 4, **more}
    )


def read(tmp_path: Path, *cells: str, **more: object) -> SourceResult:
    (tmp_path / "work.ipynb").write_text(notebook(*cells, **more), encoding="utf-8")
    return read_notebooks(tmp_path, "*.ipynb", (PEOPLE,))


def used(result: SourceResult) -> set[str]:
    no_proof = {"dropped", "starred", "mentioned", "derived", "written", "tested"}
    return {column for column, kind in result.evidence.select("column", "kind").rows() if kind not in no_proof}


def test_cells_in_their_order(tmp_path: Path) -> None:
    """A later cell works on what an earlier one has made, and evidence names cell and line."""
    result = read(
        tmp_path,
        'import pandas as pd\ndf = pd.read_csv("data/people.csv")',
        'df = df.drop(columns=["id", "city"])\ndf.head()',
        'model.fit(df.drop(columns="income"),\n          df["income"])',
    )

    assert used(result) == {"age", "income", "sex", "score"}
    assert result.doubts == {}
    places = dict(result.evidence.select("column", "source").rows())
    assert places["income"] == "work.ipynb:cell 3, line 2"
    assert places["id"] == "work.ipynb:cell 2, line 1"


def test_magics(tmp_path: Path) -> None:
    """Magics and shell commands are no Python, and what they hold of Python or SQL is read."""
    result = read(
        tmp_path,
        "%matplotlib inline\n!pip install x \\\n   y\nimport pandas as pd",
        '%%time\ndf = pd.read_csv("data/people.csv")\nfiles = !ls\n%time df["age"].mean()\ndf.head?\n?df',
        "%%sql\nselect sex, count(*) from people where score > 3 group by sex",
        "%%bigquery top --project p\nselect city from people",
        "%sql out << select max(income) from people",
        "%%bash\nhead data/people.csv",
        "%%html\n<b>id</b>",
    )

    assert used(result) == {"age", "sex", "score", "city", "income"}
    assert result.coverage.n_parsed == 1


def test_star_in_a_magic(tmp_path: Path) -> None:
    """What a query in a magic hands on counts when a cell reads it."""
    result = read(tmp_path, "%%sql rows <<\nselect * from people where age > {{least}}", 'rows["city"]')

    assert used(result) == {"age", "city"}


def test_broken_cell(tmp_path: Path) -> None:
    """A cell that is no Python is named, and only its words are in doubt."""
    result = read(tmp_path, 'import pandas as pd\ndf = pd.read_csv("people.csv")\ndf["age"]', "df[income (")

    assert used(result) == {"age"}
    assert "work.ipynb: cell 2: not Python" in result.coverage.reasons
    assert ("income", "mentioned", "work.ipynb:cell 2") in result.evidence.select("column", "kind", "source").rows()


def test_another_kernel(tmp_path: Path) -> None:
    """A notebook in R gives words, and the table that it names is in doubt as a whole."""
    result = read(tmp_path, 'df <- read.csv("data/people.csv")\nmean(df$age)', language="R")

    assert used(result) == set()
    assert {column for _, column in result.doubts} == set(PEOPLE.columns)


def test_old_format(tmp_path: Path) -> None:
    """Format 3 keeps its cells in worksheets."""
    cell = {"cell_type": "code", "input": 'import pandas as pd\npd.read_csv("people.csv")["age"]', "language": "python"}
    (tmp_path / "old.ipynb").write_text(json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3}))

    assert used(read_notebooks(tmp_path, "*.ipynb", (PEOPLE,))) == {"age"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cells": 3}', "not json", '{"cells": ["x", {"cell_type": "code"}]}']
)
def test_no_notebook(tmp_path: Path, text: str) -> None:
    """A file that is no notebook, or an empty one, ends nothing."""
    (tmp_path / "x.ipynb").write_text(text)

    result = read_notebooks(tmp_path, "*.ipynb", (PEOPLE,))

    assert result.coverage.n_files == 1
    assert used(result) == set()


def test_databricks(tmp_path: Path) -> None:
    """A notebook that Databricks saved as a script has its magics in comments."""
    code = (
        "# Databricks notebook source\n# MAGIC %md\n# MAGIC the city\n\n# COMMAND ----------\n\n"
        'df = spark.table("people")\ndf.select("age").show()\n\n# COMMAND ----------\n\n'
        "# MAGIC %sql\n# MAGIC select sex from people\n"
    )
    (tmp_path / "job.py").write_text(code)

    assert used(read_python(tmp_path, "*.py", (PEOPLE,))) == {"age", "sex"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print 'a', b", "print('a', b)"),
        ("try:\n    x\nexcept E, e:\n    pass", "try:\n    x\nexcept E as e:\n    pass"),
        ("raise E, 'no'", "raise E('no')"),
        ("a = 1 <> 2", "a = 1 != 2"),
    ],
)
def test_python_2(old: str, new: str) -> None:
    """Statements of Python 2 are read as those of Python 3, on the same lines."""
    assert to_python(old) == new


def test_other_languages(tmp_path: Path) -> None:
    """A file of any language gives words of its own only, and never proof."""
    (tmp_path / "a.R").write_text('x <- read.csv("other.csv")\nplot(x$age, x$incomes)\n')
    (tmp_path / "b.scala").write_text('val d = spark.read.csv("data/people.csv")')

    alone = read_code(tmp_path, "*.R", (PEOPLE,))
    both = read_code(tmp_path, ["*.R", "*.scala"], (PEOPLE,))

    assert alone.evidence.select("column", "kind").rows() == [("age", "mentioned")]
    assert alone.doubts == {}
    assert {column for _, column in both.doubts} == set(PEOPLE.columns)
    assert both.n_reads == 1
