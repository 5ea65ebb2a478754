"""Which columns Python scripts read, without running them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from datassay.swamp.evidence import NOT_PROOF, SourceResult, TableSchema
from datassay.swamp.sources.python import read_python

ALL = {"id", "age", "income", "Sex", "score", "select"}
READ = 'df = pd.read_parquet("data/people.parquet")\n'
Read = Callable[..., SourceResult]
CLASS = """
class Trainer:
    NAMES = ["age"]

    def __init__(self):
        self.df = pl.read_parquet("data/people.parquet")

    def go(self):
        return self.df[self.NAMES].sum()
"""
GLOBAL = """
def init():
    global df
    df = pd.read_parquet("data/people.parquet")

init()
df["age"]
"""
CALLS = """
def f(d, n):
    f(d, n - 1)
    f(d, n - 2)
    return g(d)

def g(d):
    f(d, 3)
    f(d, 4)

f(df, 9)
"""


@pytest.fixture
def read(tmp_path: Path, table: TableSchema) -> Read:
    """Return what the Python source finds in scripts; the first is main.py."""

    def read(code: str, table: TableSchema = table, **others: str) -> SourceResult:
        for name, text in {"main": code, **others}.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return read_python(tmp_path, "*.py", (table,))

    return read


def proofs(result: SourceResult) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for _, column, kind, *_ in result.evidence.rows():
        if kind not in NOT_PROOF:
            found.setdefault(column, set()).add(kind)
    return found


def doubted(result: SourceResult) -> set[str]:
    return {column for _, column in result.doubts}


P, F, J, G, M = {"projected"}, {"filtered"}, {"joined"}, {"grouped"}, {"modelled"}
A, ORDERED, S = {"aggregated"}, {"ordered"}, {"shown"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('df["age"]', {"age": P}),
        ("df.age.mean()", {"age": P}),
        ("df.count()", {}),
        ('df[["age", "id"]]', {"age": P, "id": P}),
        ('df.loc[df["age"] > 3, ["score"]]', {"age": F, "score": P}),
        ('df[df.age > 3]["score"]', {"age": F, "score": P}),
        ('mask = df["age"] > 3\nx = df[mask]', {"age": P}),
        ('df.query("age > 3 and Sex == \'score\'")', {"age": F, "Sex": F}),
        ('df.query("`Sex` == 1")', {"Sex": F}),
        ('df.groupby("Sex")["age"].mean()', {"Sex": G, "age": P}),
        ('df.groupby(by=["Sex"]).agg({"age": "mean"})', {"Sex": G, "age": A}),
        ('df.merge(other, on="id")', {"id": J}),
        ('pd.merge(other, df, left_on="x", right_on="id")', {"id": J}),
        ('df.sort_values("age").drop_duplicates(subset=["id"]).dropna(subset="score")',
         {"age": ORDERED, "id": G, "score": F}),
        ("df.iloc[:, 1]", {"age": P}),
        ("df[df.columns[2]]", {"income": P}),
        ('df.apply(lambda row: row["age"] + row.score, axis=1)', {"age": P, "score": P}),
        ('for _, row in df.iterrows():\n    print(row["age"])', {"age": P}),
        ("for row in df.itertuples():\n    print(row.age)", {"age": P}),
        ('NAMES = ["age", "score"]\nMORE = [*NAMES, "id"]\ndf[MORE]', {"age": P, "score": P, "id": P}),
        ('C = {"num": ["age"], "cat": ["Sex"]}\ndf[C["num"] + C["cat"]]', {"age": P, "Sex": P}),
        ('for c in ("age", "score"):\n    df[c].hist()', {"age": P, "score": P}),
        ('[df[c].mean() for c in ["age", "id"]]', {"age": P, "id": P}),
        ('df.rename(columns={"age": "alter"})["alter"]', {"age": P}),
        ('df.columns = list("abcdef")\ndf["b"]', {"age": P}),
        ('df["new"] = df["age"] * 2\ndf["new"]', {"age": P}),
        ('df["age"] = 3', {}),
        ('duckdb.sql("select age from df where score > 3")', {"age": P, "score": F}),
        ("print(len(df), df.shape, df.head(), df.describe())\ndf.info()", {}),
        ('df.to_csv("copy.csv")', {}),
        ("getattr(df, 'age')", {"age": P}),
    ],
)  # fmt: skip
def test_reads(read: Read, code: str, expected: dict[str, set[str]]) -> None:
    """Columns that a script names on the dataset are used as it uses them."""
    result = read(READ + code)

    assert proofs(result) == expected
    assert result.doubts == {}
    assert (result.n_reads, result.coverage.n_unresolved) == (2 if "duckdb" in code else 1, 0)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('pl.read_parquet("data/people.parquet").select("age", pl.col("score").sum())', {"age": P, "score": P}),
        ('pl.scan_parquet("data/people.parquet").filter(pl.col("age") > 3).group_by("Sex").agg(pl.col.score.mean())',
         {"age": F, "Sex": G, "score": A}),
        ('pl.read_parquet(Path("data") / "people.parquet", columns=["age"])', {"age": P}),
        ('pl.read_parquet(f"{ROOT}/people.parquet")["age"]', {"age": P}),
        ('pl.read_parquet(os.path.join(ROOT, "people.parquet"))["age"]', {"age": P}),
        ('pl.scan_parquet("data/*.parquet").select("age")', {"age": P}),
        ('with dvc.api.open("data/people.parquet") as f:\n    df = pd.read_parquet(f)\ndf["age"]', {"age": P}),
        ('pd.concat([pd.read_parquet(p) for p in ["data/people.parquet"]])', {}),
        ('pl.read_parquet("data/people.parquet").with_columns(x=pl.col("age") + 1).drop("age")["x"]', {"age": P}),
        ('pl.read_parquet("data/people.parquet").select(pl.col("age").sum().over("Sex"))', {"age": P, "Sex": G}),
        ('pl.read_parquet("data/people.parquet").select(pl.col("^s.*e$"))', {"score": P}),
        ('spark.read.parquet("data/people.parquet").where("score > 3").select("age", F.col("id"))',
         {"age": P, "id": P, "score": F}),
        ('spark.table("db.people").groupBy("Sex").count()', {"Sex": G}),
        ('pd.read_sql_table("people", con)["age"]', {"age": P}),
        ('pd.read_sql("select age from people where id > 1", con)', {"age": P, "id": F}),
        ('Q = """\nselect age\nfrom people"""\ncon.execute(text(Q))', {"age": P}),
        ('con.execute("select * from people").df()["age"]', {"age": P}),
        ('def load():\n    return pd.read_parquet("data/people.parquet")\n\ndf = load()\ndf["age"]', {"age": P}),
        ('def f(d, c):\n    return d[c]\n\nf(pd.read_parquet("data/people.parquet"), "age")', {"age": P}),
        (CLASS, {"age": P}),
        (GLOBAL, {"age": P}),
        ('pd.read_csv("data/strangers.csv")["age"]', {}),
        ('a = pd.read_csv("data/strangers.csv").merge(pd.read_parquet("data/people.parquet"), on="id")\na["age"]',
         {"id": J, "age": P}),
    ],
)  # fmt: skip
def test_ways_to_read(read: Read, code: str, expected: dict[str, set[str]]) -> None:
    """The dataset is found in Polars, pandas, Spark and SQL, through paths, functions and classes."""
    result = read(code)

    assert {column: kinds for column, kinds in proofs(result).items() if column not in doubted(result)} == {
        column: kinds for column, kinds in expected.items() if column not in doubted(result)
    }
    assert set(proofs(result)) == set(expected)


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ('y = df.pop("income")\nmodel.fit(df.drop(columns=["id"]), y)', ALL - {"income", "id"}),
        ('model.fit(df.drop(["id", "income"], axis=1).to_numpy(), df["income"])', ALL - {"income", "id"}),
        ('del df["id"]\nmodel.fit(df.values)', ALL - {"id"}),
        ('df.drop(columns="id", inplace=True)\nmodel.fit(df)', ALL - {"id"}),
        ('DROP = ["id", "score"]\nmodel.fit(df.drop(columns=DROP))', ALL - {"id", "score"}),
        ('for c in ["id", "score"]:\n    df = df.drop(columns=c)\nmodel.fit(df)', ALL - {"id", "score"}),
        ('model.fit(df[[c for c in df.columns if c not in ("id", "age")]])', ALL - {"id", "age"}),
        ('model.fit(df[df.columns.difference(["id"])])', ALL - {"id"}),
        ('a, b, c, d = train_test_split(df.drop(columns="id"), df["id"])\nmodel.fit(a, c)\nmodel.score(b, d)',
         ALL - {"id"}),
        ('cross_val_score(model, df.drop(columns="id"), y)', ALL - {"id"}),
        ('lgb.train({}, lgb.Dataset(df.drop(columns="id")))', ALL - {"id"}),
        ("model.fit(df.iloc[:, 1:])", ALL - {"id"}),
        ('model.fit(df[["age", "score"]])', {"age", "score"}),
        ('model.fit(scaler.fit_transform(pd.get_dummies(df.drop(columns="id"))))', ALL - {"id"}),
        ('if flag:\n    df = df.drop(columns="id")\nmodel.fit(df)', ALL),
        ('model.fit(pl.from_pandas(df).select(pl.exclude("id")).to_numpy())', ALL - {"id"}),
        ('model.fit(pl.from_pandas(df).select(cs.numeric().exclude("id")))', ALL - {"id"}),
        ('parts = []\nparts.append(df.drop(columns="id"))\nmodel.fit(pd.concat(parts))', ALL - {"id"}),
        ('for k, v in {"a": df.drop(columns="id")}.items():\n    model.fit(v)', ALL - {"id"}),
        ('def prepare(d):\n    return d.drop(columns="id").fillna(0)\n\nmodel.fit(df.pipe(prepare))', ALL - {"id"}),
    ],
)  # fmt: skip
def test_models(read: Read, code: str, left: set[str]) -> None:
    """A model uses what is left of the table that it is given, and a dropped column is not used."""
    result = read(READ + code)
    modelled = {column for column, kinds in proofs(result).items() if "modelled" in kinds}

    assert modelled == left
    assert result.doubts == {}


@pytest.mark.parametrize(
    ("code", "doubts"),
    [
        ("df[name]", ALL),
        ("df.select(names)", ALL),
        ('df[f"s{x}"]', {"score", "select"}),
        ('df.select(pl.col(f"s{x}"))', {"score", "select"}),
        ("for c in df.columns:\n    print(df[c].mean())", ALL),
        ("process(df)", ALL),
        ('process(df.drop(columns="id"))', ALL - {"id"}),
        ("df.pipe(clean)", ALL),
        ("holder.df = df", ALL),
        ('things["x"] = df[["age"]]', {"age"}),
        ('queue.put(df.drop(columns=["id"]))', ALL - {"id"}),
        ("def f():\n    return df", ALL),
        ('def f():\n    yield df[["age"]]', {"age"}),
        ('con.execute(f"select {c} from people")', ALL),
        ("df.filter(like=part)", ALL),
    ],
)
def test_doubts(read: Read, code: str, doubts: set[str]) -> None:
    """Where a name or a table goes out of sight, the columns that it still has are in doubt, and only those."""
    result = read(READ + code)

    assert doubted(result) == doubts
    assert result.coverage.n_statements_resolved < result.coverage.n_statements


@pytest.mark.parametrize(
    "code",
    [
        "df = df.drop(columns=df.columns[df.isnull().mean() > 0.5])\nmodel.fit(df)",
        "bad = [c for c in df.columns if df[c].nunique() == 1]\nmodel.fit(df.drop(columns=bad))",
        'model.fit(df.drop(columns=df.select_dtypes("object").columns))',
        "model.fit(df.drop(columns=df.columns.difference(keep)))",
        "model.fit(df.drop(columns=df.columns[start:]))",
        "model.fit(pl.from_pandas(df).drop(cs.string()).to_numpy())",
        "df = df.dropna(axis=1)\nmodel.fit(df.iloc[:, 2:])",
        'for c in ["id", "age"]:\n    if keep(c):\n        continue\n    df = df.drop(columns=c)\nmodel.fit(df)',
        'for c in ["id", "age"]:\n    if keep(c):\n        break\n    df = df.drop(columns=c)\nmodel.fit(df)',
        'for c in [c for c in ["id", "age"] if keep(c)]:\n    df = df.drop(columns=c)\nmodel.fit(df)',
        'try:\n    prepare()\n    df = df.drop(columns="id")\nexcept KeyError:\n    pass\nmodel.fit(df)',
        'while more():\n    df = df.drop(columns="id")\nmodel.fit(df)',
        'flag and df.drop(columns="id", inplace=True)\nmodel.fit(df)',
        'df = df.drop(columns="id") if flag else df\nmodel.fit(df)',
        'df.drop(columns="id", inplace=flag)\nmodel.fit(df)',
        'DROP = ["id", "age"]\nDROP.remove("age")\nDROP.remove("id")\nmodel.fit(df.drop(columns=DROP))',
        'DROP = ["id"] if flag else []\nmodel.fit(df.drop(columns=DROP))',
        'def f(d):\n    if flag:\n        return d\n    return d.drop(columns="id")\n\nmodel.fit(f(df))',
        'def f(d):\n    d = d.drop(columns="id")\n\nf(df)\nmodel.fit(df)',
        'df.drop(index="id")\nmodel.fit(df.drop("id", axis=0))',
        "for row in df.values.tolist():\n    process(row)",
        "for name, column in df.items():\n    print(column.mean())",
        'df.groupby("Sex").mean()',
        'df.groupby("Sex").agg("mean")',
        'df.melt(id_vars="id")["value"].mean()',
        "df.corr()",
        "weights = np.linalg.inv(df.values.T @ df.values)",
        "pl.from_pandas(df).filter(conditions)",
        "sns.pairplot(df)",
        'class Person(Base):\n    __tablename__ = "people"\n    age = Column(Integer)',
        "df.sql(query)",
    ],
)
def test_nothing_is_lost(read: Read, code: str) -> None:
    """Where a script may still have a column, no column is proven unused: a false candidate is the costly mistake."""
    result = read(READ + code)

    assert set(proofs(result)) | {column for _, column in result.doubts} == ALL


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('df.select(pl.sum("age"), pl.struct("Sex", "id").alias("z"), pl.lit("score"))', {"age", "Sex", "id"}),
        ('df.select(F.countDistinct("age").alias("n"))', {"age"}),
        ('OLD = pl.col("age") > 3\ndf.filter(OLD & (pl.col("Sex") == "x"))', {"age", "Sex"}),
        ("df.head(n).sample(frac=k)", set()),
        ('df.join(strangers, on="id")', {"id"}),
        ('df.createOrReplaceTempView("v")\nspark.sql("select age from v where score > 1")', {"age", "score"}),
        ('con.register("v", df)\ncon.execute("select age from v")', {"age"}),
        ('df.sql("select age from self where score > 2")', {"age", "score"}),
        ('for key, group in df.groupby("Sex"):\n    group["age"]', {"Sex", "age"}),
        ('for record in df.to_dict("records"):\n    print(record["age"])', {"age"}),
        ("for i, row in enumerate(df.to_dicts()):\n    row['age']", {"age"}),
        ("df[df.columns[[1, 4]]]", {"age", "score"}),
    ],
)
def test_more_ways_to_name(read: Read, code: str, expected: set[str]) -> None:
    """Names reach their table through expressions, views, groups and rows."""
    result = read(READ.replace("pd", "pl") + code)

    assert set(proofs(result)) == expected
    assert result.doubts == {}


def test_chunks(read: Read) -> None:
    """A table that is read in chunks is the same table."""
    code = (
        'for chunk in pd.read_csv("data/people.parquet", chunksize=9):\n    model.partial_fit(chunk.drop(columns="id"))'
    )

    assert set(proofs(read(code))) == ALL - {"id"}


def test_default_path(read: Read) -> None:
    """A script that holds the dataset's path reads it where it reads from a variable."""
    code = (
        'parser.add_argument("--data", default="data/people.parquet")\npd.read_parquet(parser.parse_args().data)["age"]'
    )
    result = read(code)

    assert (proofs(result), result.doubts) == ({"age": P}, {})


def test_copy_is_followed(read: Read) -> None:
    """A copy is no use, but what another script reads from the copy is."""
    result = read(
        READ + 'df.drop(columns="id").to_parquet("tmp/features.parquet")',
        second='pl.read_parquet("tmp/features.parquet").with_columns(x=pl.col("age")).write_csv("tmp/table.csv")',
        third='pd.read_csv("tmp/table.csv")[["score", "x"]]',
    )

    assert proofs(result) == {"age": P, "score": P}
    assert result.doubts == {}


def test_words_are_no_evidence(read: Read) -> None:
    """A name in a comment, a docstring, a string or another table's dict says nothing."""
    result = read(
        '''
        """Uses df["age"] and pl.col("income")."""
        # df["score"]
        df = pd.read_parquet("data/people.parquet")
        label = "age"
        settings = {"age": 1}
        settings["age"]
        """df["id"]"""
        '''
    )

    assert result.evidence.is_empty()
    assert result.doubts == {}


def test_path_from_the_command_line(read: Read) -> None:
    """A table whose path is not known may be the dataset: its uses are doubts."""
    result = read('import sys\ndf = pl.read_parquet(sys.argv[1])\nmodel.fit(df.drop("id"))')

    assert proofs(result) == {}
    assert {column for _, column in result.doubts} == ALL - {"id"}
    assert "a path is not known before run time" in result.coverage.reasons[0]


def test_dataset_at_large(read: Read) -> None:
    """Once the dataset is handed on, columns that other scripts name on a table count as its own."""
    features = 'import pandas as pd\n\ndef make(rows):\n    return rows["age"] / rows.score\n'

    alone = read("x = 1", features=features)
    loaded = read('def load():\n    return pd.read_parquet("data/people.parquet")\n', features=features)

    assert (proofs(alone), doubted(alone)) == ({}, {"age", "score"})
    assert set(proofs(loaded)) == {"age", "score"}
    assert doubted(loaded) == ALL


def test_imported_module(read: Read) -> None:
    """A table at the top of a module that another script imports is handed on."""
    result = read("from tables import df", tables=READ)

    assert {column for _, column in result.doubts} == ALL


def test_dropped_columns_say_where(read: Read) -> None:
    """A dropped column is swept, with its line."""
    result = read(READ + 'df.drop(columns="id")')

    assert result.evidence.select("column", "kind", "source").rows() == [("id", "dropped", "main.py:2")]


def test_nothing_is_run(read: Read, tmp_path: Path) -> None:
    """Scripts are read, never executed."""
    canary = tmp_path / "canary"

    read(f"open({str(canary)!r}, 'w').write('x')\n__import__('os').system('touch {canary}')\n")

    assert not canary.exists()


def test_broken_scripts(read: Read, tmp_path: Path) -> None:
    """A script that is no Python is counted with its place and hides nothing."""
    (tmp_path / "binary.py").write_bytes(b"\xff\x00")

    result = read(READ + 'df["age"]', broken="def f(:\n", python2="x = 1\nprint 'x'\n", deep="(" * 400 + ")" * 400)

    assert proofs(result) == {"age": P}
    assert (result.coverage.n_files, result.coverage.n_parsed) == (5, 2)
    assert any(reason.startswith("broken.py: line 1: not Python 3") for reason in result.coverage.reasons)
    assert "binary.py: not UTF-8 text" in result.coverage.reasons


@pytest.mark.parametrize("name", ['q"q', "it's", "new\nline", "ünï", "class", "a.b", "", " ", "{x}", "%s", "\\"])
def test_hostile_names(read: Read, name: str) -> None:
    """A column may be called anything."""
    table = TableSchema(("people",), "data/people.parquet", (name, "other"))

    result = read(f"{READ}df[{name!r}]\npl.from_pandas(df).select(pl.col([{name!r}]))", table=table)

    assert proofs(result) == {name: P}


def test_hard_scripts_end(read: Read) -> None:
    """Nested loops and functions that call themselves are followed coarsely and in time."""
    loops = "".join(f"{'    ' * i}for c{i} in {list('abcdefghij')!r}:\n" for i in range(8)) + " " * 32 + 'df["age"]\n'

    result = read(READ + loops + CALLS)

    assert "age" in proofs(result)


def test_public_script(tmp_path: Path) -> None:
    """A script with the reads and drops of a public one proves the same columns unused."""
    truth = Path(__file__).parents[2].parent / "shared" / "data" / "use_titanic_pandas" / "columns.csv"
    if not truth.is_file():
        pytest.skip("the shared data folder is not here")
    rows = pl.read_csv(truth)
    (tmp_path / "train.py").write_text(
        textwrap.dedent(
            """
            import pandas as pd
            from sklearn.linear_model import LogisticRegression
            from sklearn.preprocessing import LabelEncoder, MinMaxScaler

            train = pd.read_csv("mytrain.csv", lineterminator="\\n")
            test = pd.read_csv("mytest.csv", lineterminator="\\n")
            answers = list(map(int, pd.read_csv("mygender.csv", lineterminator="\\n")["Survived"]))

            for name in ["Unnamed: 12", "PassengerId"]:
                train = train.drop([name], axis=1)
                test = test.drop([name], axis=1)
            train = train.drop(["Name", "Cabin", "Ticket"], axis=1)
            test = test.drop(["Name", "Cabin", "Ticket"], axis=1)
            print(len(train))
            train.dropna(axis=0, inplace=True)
            labels = list(map(int, train["Survived"]))
            train = train.drop(["Survived"], axis=1)
            test["Fare"] = test["Fare"].fillna(test["Fare"].mode()[0])


            def encode(data, columns):
                encoder = LabelEncoder()
                for column in columns:
                    data[column] = encoder.fit_transform(list(data[column]))
                return data


            both = encode(pd.concat([train, test]), ["Sex", "Embarked"])
            scaled = MinMaxScaler().fit_transform(both)
            is_missing = test["Age"].isnull()
            model = LogisticRegression().fit(scaled[: len(train)], labels)
            print(model.predict(scaled[len(train) :]), answers)
            """
        ),
        encoding="utf-8",
    )
    for name in ("mytrain", "mygender"):
        own = rows.filter(pl.col("table") == name)
        table = TableSchema((name,), f"data/{name}.csv", tuple(own["column"]))

        result = read_python(tmp_path, "*.py", (table,))

        assert set(proofs(result)) == set(own.filter(pl.col("used"))["column"])
        assert result.doubts == {}


def test_own_training_scripts() -> None:
    """The project's own training script is followed to the end."""
    root = Path(__file__).parents[2]
    script = root / "training" / "train_income.py"
    if not script.is_file():
        pytest.skip("the project has no training script")
    columns = ("row_id", "age", "workclass", "education", "education_num", "income", "split", "race", "sex")
    table = TableSchema(("adult",), "data/adult.parquet", columns)

    result = read_python(root, "training/train_income.py", (table,))

    assert {"age", "education_num", "workclass", "income", "split"} == set(proofs(result))
    assert "modelled" in proofs(result)["age"]
    assert result.doubts == {}
