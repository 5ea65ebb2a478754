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
    "impute by group": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        df["Age"] = df.groupby(["Sex","Pclass"])["Age"].transform(lambda x: x.fillna(x.median()))
        df["Title"] = df.Name.apply(lambda n: n.split(",")[1])
        X = df.loc[:, ["Age", "Title"]]
        model.fit(X, df["Survived"])
        """,
        "PassengerId SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "concat train/test": (
        (TITANIC,),
        """
        import pandas as pd
        train = pd.read_csv("train.csv"); test = pd.read_csv("test.csv")
        ntrain = train.shape[0]
        y_train = train.Survived.values
        all_data = pd.concat((train, test)).reset_index(drop=True)
        all_data.drop(["Survived"], axis=1, inplace=True)
        all_data = all_data.drop(columns=["PassengerId", "Name", "Ticket", "Cabin"])
        all_data["Fare"] = np.log1p(all_data["Fare"])
        all_data = pd.get_dummies(all_data)
        train = all_data[:ntrain]
        lasso.fit(train.values, y_train)
        """,
        "PassengerId Name Ticket Cabin",
        "",
    ),
    "missing table": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        total = df.isnull().sum().sort_values(ascending=False)
        percent = (df.isnull().sum()/df.isnull().count()).sort_values(ascending=False)
        missing_data = pd.concat([total, percent], axis=1, keys=["Total", "Percent"])
        df = df.drop((missing_data[missing_data["Total"] > 1]).index, axis=1)
        df = df.drop(df.loc[df["Embarked"].isnull()].index)
        print(df["Age"].mean())
        """,
        "PassengerId Survived Pclass Name Sex SibSp Parch Ticket Fare Cabin",
        "",
    ),
    "select dtypes transformer": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv").drop(columns=["Name","Ticket"])
        X = df.drop("Survived", axis=1); y = df["Survived"]
        num = X.select_dtypes(include=["int64","float64"]).columns
        cat = X.select_dtypes(include=["object"]).columns
        pre = ColumnTransformer([("n", StandardScaler(), num), ("c", OneHotEncoder(), cat)])
        Pipeline([("pre", pre), ("m", SVC())]).fit(X, y)
        """,
        "Name Ticket",
        "",
    ),
    "apply func row": (
        (TITANIC,),
        """
        import pandas as pd
        def impute(cols):
            Age = cols[0]
            Pclass = cols[1]
            return 37 if pd.isnull(Age) and Pclass == 1 else Age
        train = pd.read_csv("train.csv")
        train["Age"] = train[["Age","Pclass"]].apply(impute, axis=1)
        sex = pd.get_dummies(train["Sex"], drop_first=True)
        train.drop(["Sex","Embarked","Name","Ticket"], axis=1, inplace=True)
        train = pd.concat([train, sex], axis=1)
        X_train, X_test, y_train, y_test = train_test_split(train.drop("Survived", axis=1), train["Survived"])
        """,
        "PassengerId Name SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "row function named": (
        (TITANIC,),
        """
        import pandas as pd
        def fam(row):
            if row["SibSp"] + row.Parch > 0:
                return 1
            return 0
        df = pd.read_csv("train.csv")
        df["fam"] = df.apply(fam, axis=1)
        df["x"] = df["Cabin"].apply(lambda c: 0 if type(c) == float else 1)
        """,
        "PassengerId Survived Pclass Name Sex Age Ticket Fare Embarked",
        "",
    ),
    "export selection": (
        (TITANIC,),
        """
        import pandas as pd
        cols = ["PassengerId", "Age"]
        pd.read_csv("train.csv")[cols].to_csv("a.csv")
        """,
        "Survived Pclass Name Sex SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "filter rows then write": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        df[df["Sex"] == "male"].to_csv("men.csv")
        """,
        "",
        "PassengerId Survived Pclass Name Age SibSp Parch Ticket Fare Cabin Embarked",
    ),
    "sql alchemy": (
        (ORDERS,),
        """
        import pandas as pd
        from sqlalchemy import create_engine, text
        engine = create_engine("postgresql://x")
        q = text("SELECT status, SUM(amount) AS total FROM orders WHERE day >= :d GROUP BY status")
        df = pd.read_sql(q, engine, params={"d": "2020"})
        print(df["total"].sum())
        """,
        "order_id customer_id note",
        "",
    ),
    "sql star then columns": (
        (ORDERS,),
        """
        import sqlite3, pandas as pd
        con = sqlite3.connect("x.db")
        df = pd.read_sql_query("select * from orders where amount > 10", con)
        df = df.drop(columns=["note"])
        df.groupby("customer_id")["order_id"].count().plot()
        """,
        "status day note",
        "",
    ),
    "cursor": (
        (ORDERS,),
        """
        import sqlite3
        cur = sqlite3.connect("x.db").cursor()
        for r in cur.execute("select order_id, status from orders order by day"):
            print(r[0])
        """,
        "customer_id amount note",
        "",
    ),
    "with csv reader": (
        (ORDERS,),
        """
        import csv
        with open("data/orders.csv") as f:
            for row in csv.DictReader(f):
                print(row["status"], float(row["amount"]))
        """,
        "order_id customer_id day note",
        "",
    ),
    "two polars frames with context": (
        (ORDERS, CUSTOMERS),
        """
        import polars as pl
        o = pl.read_csv("data/orders.csv"); c = pl.read_csv("data/customers.csv")
        j = o.join(c, left_on="customer_id", right_on="customer_id", how="inner", suffix="_cust")
        print(j.filter(pl.col("status_cust") == "vip").select(pl.col("amount").sum()))
        """,
        (
            "orders.order_id orders.status orders.day orders.note customers.name customers.city customers.segment "
            "customers.phone"
        ),
        "",
    ),
    "map lookup dict": (
        (ORDERS, CUSTOMERS),
        """
        import pandas as pd
        o = pd.read_csv("data/orders.csv"); c = pd.read_csv("data/customers.csv")
        lookup = c.set_index("customer_id")["city"].to_dict()
        o["city"] = o["customer_id"].map(lookup)
        o.groupby("city").size().to_csv("x.csv")
        """,
        (
            "orders.order_id orders.status orders.amount orders.day orders.note customers.name customers.status "
            "customers.segment customers.phone"
        ),
        "",
    ),
    "polars struct/when/over": (
        (FLIGHTS,),
        """
        import polars as pl
        df = pl.read_parquet("data/flights.parquet")
        df = df.with_columns(
            pl.when(pl.col("dep_delay") > 0).then(pl.lit("late")).otherwise(pl.col("carrier")).alias("k"),
            pl.col("arr_delay").mean().over("origin").alias("m"),
        )
        print(df.select(pl.struct(["k","m"])).unique())
        """,
        "year month day dest tail",
        "",
    ),
    "polars selectors": (
        (FLIGHTS,),
        """
        import polars as pl
        from polars import selectors as cs
        df = pl.read_parquet("data/flights.parquet")
        print(df.select(cs.ends_with("_delay").mean()))
        print(df.select(cs.by_name("carrier")))
        print(df.select(cs.starts_with("o").n_unique()))
        """,
        "year month day dest tail",
        "",
    ),
    "polars sql context": (
        (FLIGHTS,),
        """
        import polars as pl
        flights = pl.scan_parquet("data/flights.parquet")
        ctx = pl.SQLContext(f=flights)
        print(ctx.execute("select carrier, avg(dep_delay) from f group by carrier").collect())
        """,
        "year month day origin dest arr_delay tail",
        "",
    ),
    "duckdb var query": (
        (FLIGHTS,),
        """
        import duckdb
        con = duckdb.connect()
        con.execute("create view v as select * from read_parquet('data/flights.parquet')")
        print(con.sql("select origin from v where month = 3").df())
        """,
        "year day carrier dest dep_delay arr_delay tail",
        "",
    ),
    "settings in dict/yaml": (
        (FLIGHTS,),
        """
        import pandas as pd
        CFG = {"path": "data/flights.parquet", "features": ["dep_delay", "month"], "target": "arr_delay"}
        df = pd.read_parquet(CFG["path"])
        X, y = df[CFG["features"]], df[CFG["target"]]
        model.fit(X, y)
        """,
        "year day carrier origin dest tail",
        "",
    ),
    "dataclass config": (
        (FLIGHTS,),
        """
        import pandas as pd
        from dataclasses import dataclass, field
        @dataclass
        class Config:
            path: str = "data/flights.parquet"
            features: list = field(default_factory=lambda: ["dep_delay", "month"])
            target: str = "arr_delay"
        cfg = Config()
        df = pd.read_parquet(cfg.path)
        model.fit(df[cfg.features], df[cfg.target])
        """,
        "year day carrier origin dest tail",
        "",
    ),
    "class constants": (
        (FLIGHTS,),
        """
        import pandas as pd
        class Config:
            PATH = "data/flights.parquet"
            FEATURES = ["dep_delay", "month"]
        df = pd.read_parquet(Config.PATH)
        model.fit(df[Config.FEATURES], df["arr_delay"])
        """,
        "year day carrier origin dest tail",
        "",
    ),
    "positional": (
        (FLIGHTS,),
        """
        import pandas as pd
        df = pd.read_parquet("data/flights.parquet")
        X = df.iloc[:, 0:3].values
        y = df.iloc[:, -2].values
        model.fit(X, y)
        """,
        "carrier origin dest dep_delay tail",
        "",
    ),
    "date parts": (
        (ORDERS,),
        """
        import pandas as pd
        df = pd.read_csv("data/orders.csv", parse_dates=["day"], dtype={"status": "category"})
        df["week"] = df["day"].dt.isocalendar().week
        df = df.set_index("day")
        print(df.resample("W")["amount"].sum())
        print(df["amount"].rolling(7).mean().tail())
        """,
        "order_id customer_id status note",
        "",
    ),
    "value_counts loop written": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        for col in ["Sex", "Embarked"]:
            print(df[col].value_counts(normalize=True))
            df = pd.concat([df, pd.get_dummies(df[col], prefix=col)], axis=1).drop(col, axis=1)
        fig, ax = plt.subplots()
        ax.hist(df["Fare"].dropna(), bins=20)
        ax.set_title("Name")
        """,
        "PassengerId Survived Pclass Name Age SibSp Parch Ticket Cabin",
        "",
    ),
    "kfold cv with feature names": (
        (TITANIC,),
        """
        import pandas as pd
        train = pd.read_csv("train.csv")
        predictors = ["Pclass", "Sex", "Age"]
        for tr, te in KFold(3).split(train):
            alg.fit(train[predictors].iloc[tr, :], train["Survived"].iloc[tr])
            p = alg.predict_proba(train[predictors].iloc[te, :].astype(float))[:, 1]
        imp = pd.DataFrame({"Feature": predictors, "imp": alg.feature_importances_})
        print(imp.sort_values("imp"))
        """,
        "PassengerId Name SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "try except and with": (
        (TITANIC,),
        """
        import pandas as pd
        try:
            df = pd.read_csv("data/train.csv")
        except FileNotFoundError:
            df = pd.read_csv("train.csv")
        df = df[["Age","Sex"]]
        print(df.describe(include="all"))
        with open("x.txt", "w") as f:
            f.write(str(df["Age"].mean()))
        """,
        "PassengerId Survived Pclass Name SibSp Parch Ticket Fare Cabin Embarked",
        "",
    ),
    "keras": (
        (TITANIC,),
        """
        import pandas as pd
        from tensorflow import keras
        df = pd.read_csv("train.csv")
        y = df.pop("Survived")
        df.pop("Name"); df.pop("Ticket"); df.pop("Cabin")
        X = pd.get_dummies(df).to_numpy().astype("float32")
        m = keras.Sequential([keras.layers.Dense(8)])
        m.fit(X, y, epochs=3)
        """,
        "",
        "",
    ),
    "streamlit": (
        (TITANIC,),
        """
        import pandas as pd, streamlit as st
        @st.cache_data
        def load():
            return pd.read_csv("train.csv")
        df = load()
        c = st.selectbox("port", df["Embarked"].unique())
        st.dataframe(df[df["Embarked"] == c][["Name", "Fare"]])
        st.bar_chart(df.groupby("Pclass")["Survived"].mean())
        """,
        "PassengerId Sex Age SibSp Parch Ticket Cabin",
        "",
    ),
    "an empty header": (
        (TableSchema(("t",), "data/t.csv", ("column_1", "a", "b")),),
        """
        import pandas as pd
        df = pd.read_csv("t.csv").drop(columns=["Unnamed: 0"])
        model.fit(df, df["a"])
        """,
        "column_1",
        "",
    ),
    "list comp dynamic cols + startswith": (
        (FLIGHTS,),
        """
        import pandas as pd
        df = pd.read_parquet("data/flights.parquet")
        delays = [c for c in df.columns if c.endswith("_delay")]
        print(df[delays].mean())
        """,
        "year month day carrier origin dest tail",
        "",
    ),
    "columns in tuple agg": (
        (FLIGHTS,),
        """
        import pandas as pd
        df = pd.read_parquet("data/flights.parquet")
        aggs = {"dep_delay": ["mean"], "arr_delay": ["max"]}
        g = df.groupby("carrier").agg(aggs)
        g.columns = ["_".join(c) for c in g.columns]
        g = g.reset_index()
        print(g["dep_delay_mean"])
        """,
        "year month day origin dest tail",
        "",
    ),
    "set_index and loc": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv").set_index("PassengerId")
        print(df.loc[5, "Name"])
        print(df.at[6, "Age"])
        sub = df.loc[df.Sex.eq("male") & df.Fare.between(5, 10), ["Cabin"]]
        """,
        "Survived Pclass SibSp Parch Ticket Embarked",
        "",
    ),
    "numpy from df": (
        (TITANIC,),
        """
        import pandas as pd, numpy as np
        df = pd.read_csv("train.csv")
        a = np.array(df[["Age", "Fare"]])
        y = np.where(df["Survived"] == 1, "yes", "no")
        z = np.column_stack([df["Pclass"], df["Parch"]])
        model.fit(np.hstack([a, z]), y)
        """,
        "PassengerId Name Sex SibSp Ticket Cabin Embarked",
        "",
    ),
    "zip columns": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        for a, b in zip(df["Age"], df.Fare):
            print(a, b)
        d = dict(zip(df["PassengerId"], df["Name"]))
        """,
        "Survived Pclass Sex SibSp Parch Ticket Cabin Embarked",
        "",
    ),
    "nested func closure": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        def outer(col):
            def inner():
                return df[col].mean()
            return inner()
        print(outer("Age"), outer("Fare"))
        """,
        "PassengerId Survived Pclass Name Sex SibSp Parch Ticket Cabin Embarked",
        "",
    ),
    "walrus/ternary/unpack": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        a, *rest = ["Age", "Fare", "Sex"]
        print(df[a], df[rest])
        cols = ["Pclass"] + (["Parch"] if flag else [])
        print(df[cols])
        """,
        "PassengerId Survived Name SibSp Ticket Cabin Embarked",
        "",
    ),
    "global lists extended": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        feats = []
        feats.append("Age")
        feats += ["Fare"]
        feats.extend(["Sex", "Pclass"])
        feats.insert(0, "Parch")
        model.fit(df[feats], df["Survived"])
        """,
        "PassengerId Name SibSp Ticket Cabin Embarked",
        "",
    ),
    "list removal": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        feats = list(df.columns)
        feats.remove("Survived")
        feats.remove("Name")
        model.fit(df[feats], df["Survived"])
        """,
        "Name",
        "",
    ),
    "difference and drop of sets": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        feats = df.columns.difference(["Survived", "Name"])
        model.fit(df[feats], df["Survived"])
        """,
        "Name",
        "",
    ),
    "set minus": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        feats = list(set(df.columns) - {"Survived", "Name", "Ticket"})
        model.fit(df[feats], df["Survived"])
        """,
        "Name Ticket",
        "",
    ),
    "columns isin": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        X = df.loc[:, ~df.columns.isin(["Survived", "Name"])]
        model.fit(X, df["Survived"])
        """,
        "Name",
        "",
    ),
    "columns !=": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        X = df.loc[:, df.columns != "Survived"]
        y = df.loc[:, df.columns == "Survived"]
        model.fit(X, y)
        """,
        "",
        "",
    ),
    "polars rename/drop/select chain": (
        (FLIGHTS,),
        """
        import polars as pl
        df = (pl.read_parquet("data/flights.parquet").rename({"dep_delay": "late"}).drop("tail", "year")
              .with_columns(pl.col("late").cast(pl.Int64)))
        print(df.group_by(pl.col("month").alias("m")).agg(pl.col("late").mean()))
        print(df["carrier"].value_counts())
        for row in df.iter_rows(named=True):
            print(row["dest"])
        """,
        "year day origin arr_delay tail",
        "",
    ),
    "polars get_column, filter kw, sort_by": (
        (FLIGHTS,),
        """
        import polars as pl
        df = pl.read_parquet("data/flights.parquet")
        df = df.filter(pl.col.month == 3, carrier="UA").sort("day", descending=True)
        s = df.get_column("dep_delay")
        t = df.select(a=pl.col("arr_delay").sort_by("origin"))
        """,
        "year dest tail",
        "",
    ),
    "polars pivot/unpivot/join_asof": (
        (FLIGHTS,),
        """
        import polars as pl
        df = pl.read_parquet("data/flights.parquet")
        p = df.pivot(on="carrier", index="month", values="dep_delay", aggregate_function="mean")
        u = df.unpivot(on=["arr_delay"], index=["day"])
        """,
        "year origin dest tail",
        "",
    ),
    "pandas to dict records": (
        (ORDERS,),
        """
        import pandas as pd, json
        rows = pd.read_csv("data/orders.csv").to_dict(orient="records")
        for r in rows:
            post(r["order_id"], r.get("amount"))
        """,
        "customer_id status day note",
        "",
    ),
    "requests of whole df": (
        (ORDERS,),
        """
        import pandas as pd, requests
        df = pd.read_csv("data/orders.csv")
        requests.post("x", json=df.to_dict("records"))
        """,
        "",
        "*",
    ),
    "apply over columns": (
        (TITANIC,),
        """
        import pandas as pd
        df = pd.read_csv("train.csv")
        df[["Age", "Fare"]] = df[["Age", "Fare"]].apply(lambda c: (c - c.mean()) / c.std())
        df["Embarked"] = pd.Categorical(df["Embarked"]).codes
        df.sort_values(by=["Pclass", "Name"], inplace=True)
        print(df.nlargest(5, "Parch"))
        """,
        "PassengerId Survived Sex SibSp Ticket Cabin",
        "",
    ),
    "merge left_on suffix index": (
        (ORDERS, CUSTOMERS),
        """
        import pandas as pd
        o = pd.read_csv("data/orders.csv"); c = pd.read_csv("data/customers.csv", index_col="customer_id")
        j = o.join(c, on="customer_id", rsuffix="_c")
        print(j["status_c"].value_counts(), j["amount"].sum())
        """,
        (
            "orders.order_id orders.status orders.day orders.note "
            "customers.name customers.city customers.segment customers.phone"
        ),
        "",
    ),
    "f-string sql table name": (
        (ORDERS,),
        """
        import pandas as pd
        TABLE = "orders"
        df = pd.read_sql(f"select order_id, amount from {TABLE} where status = '{s}'", con)
        """,
        "customer_id day note",
        "",
    ),
    "ibis/unknown lib": (
        (ORDERS,),
        """
        import ibis
        t = ibis.read_csv("data/orders.csv")
        print(t.filter(t.status == "x").group_by("day").aggregate(total=t.amount.sum()).execute())
        """,
        "order_id customer_id note",
        "",
    ),
    "pyarrow dataset": (
        (FLIGHTS,),
        """
        import pyarrow.parquet as pq, pyarrow.dataset as ds
        t = pq.read_table("data/flights.parquet", columns=["carrier", "dep_delay"], filters=[("month", "=", 3)])
        print(t.column("carrier"))
        """,
        "year day origin dest arr_delay tail",
        "",
    ),
    "dask": (
        (FLIGHTS,),
        """
        import dask.dataframe as dd
        df = dd.read_parquet("data/flights.parquet")
        print(df.groupby("carrier").dep_delay.mean().compute())
        """,
        "year month day origin dest arr_delay tail",
        "",
    ),
    "groups by a list made of the names": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        orders = orders.drop(columns=["note"])
        keys = [c for c in orders.columns if c not in ["amount"]]
        monthly = orders.groupby(keys, as_index=False)[["amount"]].sum()
        print(monthly[monthly["day"] == 3]["amount"].max())
        """,
        "note",
        "",
    ),
    "groups by a list inside the call": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        sums = orders.groupby([c for c in orders.columns if c not in ("amount", "note", "status")]).amount.sum()
        """,
        "note status",
        "",
    ),
    "sums of a list made of the names": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        chosen = [c for c in orders.columns if c not in ["note", "status"]]
        print(orders[chosen].sum())
        """,
        "note status",
        "order_id customer_id amount day",
    ),
    "gaps are filled with means and nobody looks": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        numbers = [c for c in orders.columns if c not in ["note", "status"]]
        orders[numbers] = orders[numbers].fillna(orders[numbers].mean())
        print(orders["amount"].sum())
        """,
        "order_id customer_id status day note",
        "",
    ),
    "a merge without keys": (
        (ORDERS, CUSTOMERS),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        customers = pd.read_csv("data/customers.csv")
        both = orders.merge(customers)
        print(both["amount"].sum())
        again = pd.merge(orders, customers)
        print(again.groupby("city").size())
        """,
        "orders.order_id orders.day orders.note customers.name customers.segment customers.phone",
        "",
    ),
    "a merge without keys with who knows what": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        more = fetch_more()
        print(orders.merge(more)["amount"].sum())
        """,
        "",
        "order_id customer_id status day note",
    ),
    "keys by their place in the call": (
        (ORDERS, CUSTOMERS),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        customers = pd.read_csv("data/customers.csv")
        both = pd.merge(orders, customers, "left", "customer_id")
        print(both["amount"].sum())
        """,
        (
            "orders.order_id orders.status orders.day orders.note customers.name customers.city customers.status "
            "customers.segment customers.phone"
        ),
        "",
    ),
    "a column of an array": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        table = orders.drop(columns=["note"]).to_numpy()
        print(table[:, 3].mean())
        """,
        "note",
        "order_id customer_id status amount day",
    ),
    "a list that a loop fills under a condition nobody knows": (
        (ORDERS,),
        """
        import pandas as pd
        from sklearn.preprocessing import StandardScaler
        orders = pd.read_csv("data/orders.csv")
        numbers = []
        for name in orders.columns:
            if orders[name].dtype != object:
                numbers.append(name)
        chosen = orders[numbers]
        chosen["amount"] = chosen["amount"].fillna(chosen["amount"].median())
        scaled = StandardScaler().fit_transform(chosen.iloc[:, :-1])
        """,
        "",
        "",
    ),
    "a list that a loop fills by name": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        numbers, words = [], []
        for name in orders.columns:
            if name in ["note", "order_id"]:
                continue
            if name.startswith("s") and name != "day":
                words.append(name)
            else:
                numbers += [name]
        model.fit(orders[numbers])
        """,
        "note order_id status",
        "",
    ),
    "a list that loses names": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        names = orders.columns.tolist()
        names.remove("note")
        names.remove("order_id")
        model.fit(orders[names])
        """,
        "note order_id",
        "",
    ),
    "a list of what has gaps is dropped": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        sparse = []
        for name in orders.columns:
            if orders[name].isnull().mean() > 0.4:
                sparse.append(name)
        orders = orders.drop(columns=sparse)
        orders = orders.drop(columns=["note"])
        model.fit(orders)
        """,
        "note",
        "",
    ),
    "a function that nobody calls": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        def prepare(table):
            part = table[[name for name in table.columns if table[name].dtype == "int64"]]
            part["ratio"] = part.apply(lambda row: row["amount"] / row["customer_id"], axis=1)
            part["late"] = table.day > 3
            return part
        print(orders["status"].value_counts())
        """,
        "order_id note",
        "amount customer_id day",
    ),
    "a function that calls itself": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        def grow(table, depth=0):
            if depth > 9 or len(table) < 5:
                return table["status"].mode()
            left, right = table[table["amount"] > 3], table[table["amount"] <= 3]
            return [grow(left, depth + 1), grow(right, depth + 1), grow(left, depth + 2), grow(right, depth + 2)]
        print(grow(orders))
        """,
        "order_id customer_id day note",
        "",
    ),
    "a part of a table is merged with the whole": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        days = orders[["customer_id", "day"]].drop_duplicates()
        whole = days.merge(orders, how="left", on=["customer_id", "day"])
        chosen = whole.loc[:, ["customer_id", "amount", "status"]]
        print(chosen[chosen.amount > 0].groupby("status").amount.sum())
        """,
        "order_id note",
        "",
    ),
    "a list of which the beginning is not known": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        best = list(orders.corr().nlargest(3, "amount")["amount"].index)
        best.extend(["day"])
        chosen = []
        for name in best:
            if name != "note":
                chosen.append(name)
        print(orders[chosen].groupby("day").mean())
        """,
        "",
        "order_id customer_id status note day",
    ),
    "a set that a loop fills": (
        (ORDERS,),
        """
        import pandas as pd
        orders = pd.read_csv("data/orders.csv")
        chosen = set()
        for name in orders.columns:
            if name not in ("note", "day"):
                chosen.add(name)
        model.fit(orders[list(chosen)])
        """,
        "note day",
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
