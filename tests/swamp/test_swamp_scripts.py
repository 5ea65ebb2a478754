"""Whole scripts in the style of public ones, with the truth by hand: exact agreement, column by column."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from datassay.swamp.evidence import NO_USE, WEAK, TableSchema
from datassay.swamp.sources.python import read_python

TITANIC = TableSchema(
    ("train",),
    "data/train.csv",
    (
        "PassengerId",
        "Survived",
        "Pclass",
        "Name",
        "Sex",
        "Age",
        "SibSp",
        "Parch",
        "Ticket",
        "Fare",
        "Cabin",
        "Embarked",
    ),
)
ORDERS = TableSchema(("orders",), "data/orders.csv", ("order_id", "customer_id", "status", "amount", "day", "note"))
CUSTOMERS = TableSchema(
    ("customers",), "data/customers.csv", ("customer_id", "name", "city", "status", "segment", "phone")
)
FLIGHTS = TableSchema(
    ("flights",),
    "data/flights.parquet",
    ("year", "month", "day", "carrier", "origin", "dest", "dep_delay", "arr_delay", "tail"),
)
ALL = "*"

#: name -> (tables, code, unused, unknown); whatever is in neither is used.
SCRIPTS: dict[str, tuple[tuple[TableSchema, ...], str, str, str]] = {
    "drop then fit": (
        (TITANIC,),
        """
        import pandas as pd
        from sklearn.ensemble import RandomForestClassifier
        train = pd.read_csv("../input/train.csv")
        train.head()
        train.info()
        print(train.describe())
        print(train.isnull().sum())
        train["Age"] = train["Age"].fillna(train["Age"].median())
        train = train.drop(["Name", "Ticket", "Cabin", "PassengerId"], axis=1)
        train = pd.get_dummies(train, columns=["Sex", "Embarked"])
        X = train.drop("Survived", axis=1)
        y = train["Survived"]
        RandomForestClassifier().fit(X, y)
        """,
        "Name Ticket Cabin PassengerId",
        "",
    ),
    "in place through a list of tables": (
        (TITANIC,),
        """
        import pandas as pd
        train = pd.read_csv("train.csv")
        test = pd.read_csv("test.csv")
        full_data = [train, test]
        for dataset in full_data:
            dataset["FamilySize"] = dataset["SibSp"] + dataset["Parch"] + 1
            dataset["Sex"] = dataset["Sex"].map({"female": 0, "male": 1}).astype(int)
            dataset.loc[dataset["Fare"] <= 7.91, "Fare"] = 0
        drop_elements = ["PassengerId", "Name", "Ticket", "Cabin"]
        for dataset in full_data:
            dataset.drop(drop_elements, axis=1, inplace=True)
        clf.fit(train.drop(columns=["Survived", "Age"]), train.Survived)
        """,
        "PassengerId Name Ticket Cabin Age",
        "",
    ),
    "pipeline by column": (
        (TITANIC,),
        """
        import pandas as pd
        from sklearn.compose import ColumnTransformer
        from sklearn.pipeline import Pipeline
        df = pd.read_csv("data/train.csv")
        TARGET = "Survived"
        NUMERIC = ["Age", "Fare"]
        CATEGORICAL = ["Sex", "Embarked", "Pclass"]
        X, y = df.drop(columns=[TARGET]), df[TARGET]
        prep = ColumnTransformer(
            transformers=[
                ("num", Pipeline([("imp", SimpleImputer()), ("sc", StandardScaler())]), NUMERIC),
                ("cat", OneHotEncoder(handle_unknown="ignore"), CATEGORICAL),
            ],
            remainder="drop",
        )
        model = Pipeline(steps=[("prep", prep), ("clf", LogisticRegression())])
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y)
        grid = GridSearchCV(model, {"clf__C": [1, 2]}, cv=5)
        grid.fit(X_train, y_train)
        print(classification_report(y_test, grid.predict(X_test)))
        """,
        "PassengerId Name SibSp Parch Ticket Cabin",
        "",
    ),
    "pipeline that passes the rest through": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("data/train.csv")
        prep = make_column_transformer((OneHotEncoder(), ["Sex"]), remainder="passthrough")
        make_pipeline(prep, LogisticRegression()).fit(df.drop(columns=["Survived", "Name"]), df["Survived"])
        """,
        "Name",
        "",
    ),
    "a list of features": (
        (TITANIC,),
        """
        import pandas as pd
        train_df = pd.read_csv("/kaggle/input/titanic/train.csv")
        features = ["Pclass", "Sex", "SibSp", "Parch"]
        X = pd.get_dummies(train_df[features])
        y = train_df["Survived"]
        model = RandomForestClassifier(n_estimators=100, max_depth=5, random_state=1)
        model.fit(X, y)
        """,
        "PassengerId Name Age Ticket Fare Cabin Embarked",
        "",
    ),
    "plots name what they show": (
        (TITANIC,),
        """
        import pandas as pd, seaborn as sns, matplotlib.pyplot as plt
        df = pd.read_csv("train.csv")
        sns.countplot(x="Survived", hue="Sex", data=df, palette="Set1")
        g = sns.FacetGrid(df, col="Pclass")
        g.map(plt.hist, "Age", bins=20)
        df.plot.scatter(x="Fare", y="Parch")
        df["Embarked"].value_counts().plot(kind="bar", title="Name")
        plt.show()
        """,
        "PassengerId Name SibSp Ticket Cabin",
        "",
    ),
    "picked after an aggregation": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        print(df.groupby("Pclass").mean()["Fare"])
        print(df.groupby("Sex").mean().Survived)
        out = df.groupby(["Embarked"], as_index=False).agg({"Age": ["mean", "max"]}).sort_values("Embarked")
        out.to_csv("by_port.csv", index=False)
        df.groupby("Parch")[["SibSp"]].sum().reset_index().plot(x="Parch", y="SibSp")
        """,
        "PassengerId Name Ticket Cabin",
        "",
    ),
    "a loop that rewrites every column": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        for c in df.columns:
            if df[c].dtype == "object":
                df[c] = LabelEncoder().fit_transform(df[c].astype(str))
            print(c, df[c].isnull().sum(), df[c].nunique())
        model.fit(df[["Age", "Fare"]], df["Survived"])
        """,
        "PassengerId Pclass Name Sex SibSp Parch Ticket Cabin Embarked",
        "",
    ),
    "a loop that reads every column": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv").drop(columns="Ticket")
        for c in df.columns:
            print(df[c].mean())
        df["Age"].plot()
        """,
        "Ticket",
        "PassengerId Survived Pclass Name Sex SibSp Parch Fare Cabin Embarked",
    ),
    "functions with defaults and constants": (
        (TITANIC,),
        """
        import pandas as pd
        PATH = "data/train.csv"
        DROP = ("Cabin", "Ticket")

        def load(path=PATH):
            return pd.read_csv(path)

        def clean(df, drop=DROP):
            df = df.drop(columns=list(drop))
            df["Title"] = df["Name"].str.extract(r"(\\w+)\\.")
            return df

        def features(df, cols=["Pclass", "Age"], target="Survived"):
            return df[cols + ["Title"]], df[target]

        def main():
            X, y = features(clean(load()))
            model.fit(X, y)

        if __name__ == "__main__":
            main()
        """,
        "PassengerId Sex SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "a class": (
        (TITANIC,),
        """
        import pandas as pd

        class Trainer:
            def __init__(self, path, target="Survived"):
                self.df = pd.read_csv(path)
                self.target = target

            def prepare(self):
                self.df = self.df.drop(["Name", "Ticket", "Cabin"], axis=1)
                self.X = self.df.drop(self.target, axis=1)
                self.y = self.df[self.target]

            def train(self):
                self.model = LogisticRegression().fit(self.X, self.y)

        trainer = Trainer("data/train.csv")
        trainer.prepare()
        trainer.train()
        """,
        "Name Ticket Cabin",
        "",
    ),
    "submission": (
        (TITANIC,),
        """
        import pandas as pd
        test = pd.read_csv("../input/train.csv")
        ids = test["PassengerId"]
        X = test[["Pclass", "Age"]].fillna(0)
        submission = pd.DataFrame({"PassengerId": ids, "Survived": model.predict(X)})
        submission.to_csv("submission.csv", index=False)
        """,
        "Survived Name Sex SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "index by name": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv", index_col="PassengerId")
        df.drop(columns=["Name", "Cabin", "Ticket"], inplace=True)
        model.fit(df.drop(columns="Survived"), df.Survived)
        """,
        "Name Cabin Ticket",
        "",
    ),
    "usecols": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv", usecols=["Age", "Fare", "Sex"])
        print(df.groupby("Sex").agg(avg=("Fare", "mean")))
        """,
        "PassengerId Survived Pclass Name SibSp Parch Ticket Cabin Embarked",
        "",
    ),
    "query, eval, assign and apply": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        limit = 3
        df = df.query("Age > @limit and `Sex` == 'female'")
        df.eval("Family = SibSp + Parch", inplace=True)
        df = df.assign(PerHead=lambda d: d["Fare"] / d["Family"])
        df["Deck"] = df.apply(lambda row: str(row["Cabin"])[0], axis=1)
        print(df["Deck"].value_counts(), df.PerHead.mean())
        """,
        "PassengerId Survived Pclass Name Ticket Embarked",
        "",
    ),
    "rows": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        for row in df.itertuples(index=False):
            print(row.Name, row.Age)
        for i, row in df.iterrows():
            total = row["Fare"] + row.get("Parch", 0)
        """,
        "PassengerId Survived Pclass Sex SibSp Ticket Cabin Embarked",
        "",
    ),
    "rename then use": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        df = df.rename(columns={"Pclass": "klass", "Sex": "gender", "Ticket": "billet"})
        print(df.groupby("klass")["gender"].count())
        df.columns = [c.lower() for c in df.columns]
        print(df["age"].mean())
        """,
        "PassengerId Survived Name SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "chained": (
        (TITANIC,),
        """
        import pandas as pd
        (
            pd.read_csv("train.csv")
            .dropna(subset=["Embarked"])
            .loc[lambda d: d["Age"] > 18]
            .assign(child=lambda d: d.Parch > 0)
            .pipe(lambda d: d.drop(columns=["Name", "Cabin"]))
            .groupby("Pclass", as_index=False)
            .agg(fare=("Fare", "sum"), n=("Survived", "count"))
            .to_csv("out.csv")
        )
        """,
        "PassengerId Name Sex SibSp Ticket Cabin",
        "",
    ),
    "one-hot columns by their made names": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.get_dummies(pd.read_csv("train.csv"))
        model.fit(df[["Sex_male", "Embarked_S", "Age"]], df["Survived"])
        """,
        "PassengerId Pclass Name SibSp Parch Ticket Fare Cabin",
        "",
    ),
    "formula": (
        (TITANIC,),
        """
        import pandas as pd
        import statsmodels.formula.api as smf
        df = pd.read_csv("train.csv")
        fit = smf.logit("Survived ~ C(Sex) + Age + np.log(Fare + 1)", data=df).fit()
        print(fit.summary())
        """,
        "PassengerId Pclass Name SibSp Parch Ticket Cabin Embarked",
        "",
    ),
    "whole copy": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        df.to_parquet("train.parquet")
        """,
        "",
        ALL,
    ),
    "a choice is exported": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        df.drop(columns=["Name", "Ticket"]).to_csv("clean.csv", index=False)
        """,
        "Name Ticket",
        "",
    ),
    "pivot and crosstab": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        print(df.pivot_table(index="Sex", columns="Pclass", values="Survived", aggfunc="mean"))
        print(pd.crosstab(df["Embarked"], df.Parch))
        """,
        "PassengerId Name Age SibSp Ticket Fare Cabin",
        "",
    ),
    "sorted features of a booster": (
        (TITANIC,),
        """
        import lightgbm as lgb, pandas as pd
        train = pd.read_csv("train.csv")
        target = train.pop("Survived")
        feats = [c for c in train.columns if c not in ("PassengerId", "Name", "Ticket", "Cabin")]
        for c in ["Sex", "Embarked"]:
            train[c] = train[c].astype("category")
        folds = KFold(5)
        for tr, va in folds.split(train):
            d = lgb.Dataset(train[feats].iloc[tr], label=target.iloc[tr], categorical_feature=["Sex"])
            lgb.train({"objective": "binary"}, d)
        """,
        "PassengerId Name Ticket Cabin",
        "",
    ),
    "merged tables": (
        (ORDERS, CUSTOMERS),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv", parse_dates=["day"])
        customers = pd.read_csv("data/customers.csv")
        df = orders.merge(customers, on="customer_id", how="left", suffixes=("_o", "_c"))
        print(df.groupby("city")["amount"].sum())
        print(df[df["status_o"] == "paid"]["segment"].value_counts())
        """,
        "orders.order_id orders.day orders.note customers.name customers.status customers.phone",
        "",
    ),
    "merged with default endings": (
        (ORDERS, CUSTOMERS),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        customers = pd.read_csv("data/customers.csv")
        both = pd.merge(orders, customers[["customer_id", "city", "status"]], on="customer_id")
        both[both.status_y == "gold"].groupby("city").amount.sum()
        """,
        "orders.order_id orders.status orders.day orders.note customers.name customers.segment customers.phone",
        "",
    ),
    "two tables in duckdb": (
        (ORDERS, CUSTOMERS),
        """
        import duckdb
        top = 5
        duckdb.sql(f'''
            select c.city, sum(o.amount) as total
            from 'data/orders.csv' o join 'data/customers.csv' c using (customer_id)
            where o.status = 'paid' group by all order by total desc limit {top}
        ''').show()
        """,
        "orders.order_id orders.day orders.note customers.name customers.status customers.segment customers.phone",
        "",
    ),
    "polars, lazily": (
        (FLIGHTS,),
        """
        import polars as pl
        import polars.selectors as cs
        out = (
            pl.scan_parquet("data/flights.parquet")
            .filter(pl.col("origin").is_in(["JFK", "LGA"]) & (pl.col("month") < 7))
            .with_columns((pl.col("arr_delay") - pl.col("dep_delay")).alias("lost"), late=pl.col("dep_delay") > 15)
            .group_by("carrier")
            .agg(pl.col("lost").mean(), pl.col("late").sum(), n=pl.len())
            .sort("lost", descending=True)
            .collect()
        )
        out.write_csv("late.csv")
        """,
        "year day dest tail",
        "",
    ),
    "polars, several at once": (
        (FLIGHTS,),
        """
        import polars as pl
        KEYS = ["year", "month"]
        df = pl.read_parquet("data/flights.parquet")
        a = df.select(pl.col("dep_delay", "arr_delay").mean(), pl.col(["carrier"]).n_unique())
        b = df.group_by(KEYS).agg(pl.col("^.*_delay$").max().name.suffix("_max"))
        c = df.select(pl.all().exclude(["tail", "dest", "origin", "day"])).write_parquet("small.parquet")
        """,
        "day origin dest tail",
        "",
    ),
    "polars, joined": (
        (ORDERS, CUSTOMERS),
        """
        import polars as pl
        orders = pl.scan_csv("data/orders.csv")
        customers = pl.scan_csv("data/customers.csv").select("customer_id", "city", pl.col("status").alias("tier"))
        q = orders.join(customers, on="customer_id").filter(pl.col("tier") == "gold")
        print(q.group_by("city").agg(pl.sum("amount")).collect())
        """,
        "orders.order_id orders.status orders.day orders.note customers.name customers.segment customers.phone",
        "",
    ),
    "pyspark": (
        (FLIGHTS,),
        """
        from pyspark.sql import SparkSession, functions as F
        from pyspark.ml.feature import StringIndexer, VectorAssembler
        from pyspark.ml.classification import LogisticRegression
        from pyspark.ml import Pipeline
        spark = SparkSession.builder.getOrCreate()
        df = spark.read.parquet("data/flights.parquet")
        df = df.withColumn("label", (F.col("arr_delay") > 15).cast("int")).filter(df.month > 3)
        indexer = StringIndexer(inputCol="carrier", outputCol="carrier_ix")
        assembler = VectorAssembler(inputCols=["carrier_ix", "dep_delay"], outputCol="features")
        model = Pipeline(stages=[indexer, assembler, LogisticRegression(featuresCol="features")]).fit(df)
        model.transform(df).select("prediction").show()
        """,
        "year day origin dest tail",
        "",
    ),
    "pyspark views": (
        (FLIGHTS,),
        """
        df = spark.read.parquet("data/flights.parquet").drop("tail")
        df.createOrReplaceTempView("f")
        spark.sql("select origin, count(*) n, avg(dep_delay) from f where year = 2013 group by origin").show()
        df.groupBy("carrier").agg({"arr_delay": "max"}).orderBy(F.desc("carrier")).show()
        """,
        "month day dest tail",
        "",
    ),
    "names put together": (
        (FLIGHTS,),
        """
        import pandas as pd
        df = pd.read_parquet("data/flights.parquet")
        for side in ["dep", "arr"]:
            print(df[f"{side}_delay"].mean())
        for side in ("dep", "arr"):
            print(df["{}_delay".format(side)].max(), df["%s_delay" % side].min())
        """,
        "year month day carrier origin dest tail",
        "",
    ),
    "a name from the command line": (
        (FLIGHTS,),
        """
        import pandas as pd, sys
        df = pd.read_parquet("data/flights.parquet").drop(columns=["tail"])
        print(df[sys.argv[1]].mean(), df["origin"].nunique())
        """,
        "tail",
        "year month day carrier dest dep_delay arr_delay",
    ),
    "columns ranked by correlation": (
        (FLIGHTS,),
        """
        import pandas as pd
        df = pd.read_parquet("data/flights.parquet").drop(columns=["tail"])
        top = df.corr()["arr_delay"].nlargest(3).index
        model.fit(df[top], df["arr_delay"])
        """,
        "tail",
        "year month day carrier origin dest dep_delay",
    ),
    "altair and plotly": (
        (FLIGHTS,),
        """
        import pandas as pd, altair as alt, plotly.express as px
        df = pd.read_parquet("data/flights.parquet")
        alt.Chart(df).mark_bar().encode(x="carrier:N", y="mean(dep_delay):Q", color=alt.Color("origin:N"))
        px.histogram(df, x="arr_delay", color="dest", title="month")
        """,
        "year month day tail",
        "",
    ),
    "a comment, a docstring and another table": (
        (FLIGHTS,),
        '''
        """Looks at df["tail"] and pl.col("year")."""
        import pandas as pd
        df = pd.read_parquet("data/flights.parquet")
        other = pd.read_csv("weather.csv")
        other["month"] = other["day"] * 2  # df["dest"]
        print(df["origin"])
        print("the tail of the year")
        ''',
        "year month day carrier dest dep_delay arr_delay tail",
        "",
    ),
    "python 2": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        print "mean age:", df["Age"].mean()
        for c in ["Fare", "Sex"]:
            print c, df[c].describe()
        """,
        "PassengerId Survived Pclass Name SibSp Parch Ticket Cabin Embarked",
        "",
    ),
}


def judge(tmp_path: Path, code: str, tables: tuple[TableSchema, ...], suffix: str = ".py") -> dict[str, str]:
    """Return the status of every column as the finding would give it for one file."""
    (tmp_path / f"script{suffix}").write_text(code, encoding="utf-8")
    result = read_python(tmp_path, f"script{suffix}", tables)
    assert result.n_reads, result.coverage
    kinds: dict[tuple[str, str], set[str]] = {}
    for table, column, kind in result.evidence.select("table", "column", "kind").rows():
        kinds.setdefault((table, column), set()).add(kind)
    status = {}
    for table in tables:
        for column in table.columns:
            own = kinds.get((table.name, column), set())
            is_unknown = (table.name, column) in result.doubts or own & set(WEAK)
            said = "used" if own - {*WEAK, *NO_USE} else "unknown" if is_unknown else "unused"
            status[f"{table.name}.{column}" if len(tables) > 1 else column] = said
    return status


@pytest.mark.parametrize("name", SCRIPTS)
def test_whole_script(tmp_path: Path, name: str) -> None:
    """A script's columns are used, unused or unknown exactly as somebody who reads it would say."""
    tables, code, unused, unknown = SCRIPTS[name]
    status = judge(tmp_path, textwrap.dedent(code), tables)
    open_names = set(status) if unknown == ALL else set(unknown.split())

    assert {column for column, said in status.items() if said == "unused"} == set(unused.split())
    assert {column for column, said in status.items() if said == "unknown"} == open_names
