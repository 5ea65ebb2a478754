"""Features of saved models, by the formats of their files; nothing is unpickled.

LightGBM's files are made by LightGBM itself. XGBoost, ONNX and skops are not needed by the project: where they are
installed their own files are read, and everywhere files written by hand after the published formats.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datassay.swamp.evidence import SourceResult, TableSchema
from datassay.swamp.sources.models.source import match, read_models

PEOPLE = TableSchema(("people",), "data/people.csv", ("id", "age", "house income", "sex", "score", "note"))


def read(root: Path, value: object = "*", tables: tuple[TableSchema, ...] = (PEOPLE,)) -> SourceResult:
    return read_models(root, value, tables)


def modelled(result: SourceResult) -> dict[str, str]:
    assert set(result.evidence["kind"]) <= {"modelled"}
    return dict(result.evidence.select("column", "source").rows())


def table() -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({name: draw.normal(size=200) for name in ("age", "house income", "score")})
    frame["score"] = 1.0
    return frame, (frame["age"] + draw.normal(size=200) > 0).to_numpy().astype(int)


def test_lightgbm(tmp_path: Path) -> None:
    """LightGBM's text and JSON name the features, with blanks as underscores, and how often each is split on."""
    import lightgbm

    frame, label = table()
    booster = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(frame, label), num_boost_round=3)
    booster.save_model(tmp_path / "model.txt")
    text = modelled(read(tmp_path, "*.txt"))
    (tmp_path / "model.json").write_text(json.dumps(booster.dump_model()))

    assert set(text) == set(modelled(read(tmp_path, "*.json"))) == {"age", "house income", "score"}
    assert text["score"] == "model.txt (0 splits)"
    assert int(text["age"].partition("(")[2].split()[0]) > 0


def test_xgboost(tmp_path: Path) -> None:
    """XGBoost's JSON names the features, and counts the inner nodes that split on each."""
    learner = {
        "feature_names": ["age", "score"],
        "gradient_booster": {
            "model": {"trees": [{"split_indices": [0, 0, 0], "left_children": [1, -1, -1]}]}, "name": "gbtree",
        },
    }  # fmt: skip
    (tmp_path / "m.json").write_text(json.dumps({"learner": learner, "version": [3, 0, 0]}))

    assert modelled(read(tmp_path)) == {"age": "m.json (1 splits)", "score": "m.json (0 splits)"}


def test_xgboost_itself(tmp_path: Path) -> None:
    """A file of XGBoost itself is read as one written after its format."""
    xgboost = pytest.importorskip("xgboost")
    frame, label = table()
    xgboost.train({"nthread": 1}, xgboost.DMatrix(frame, label), num_boost_round=2).save_model(tmp_path / "m.json")

    assert set(modelled(read(tmp_path))) == {"age", "house income", "score"}
    assert modelled(read(tmp_path))["score"] == "m.json (0 splits)"


def test_catboost(tmp_path: Path) -> None:
    """CatBoost's JSON export names numbers and categories; splits on categories are not counted as none."""
    value = {
        "features_info": {
            "float_features": [
                {"feature_id": "age", "feature_index": 0, "flat_feature_index": 0},
                {"feature_id": "score", "feature_index": 1, "flat_feature_index": 2},
            ],
            "categorical_features": [{"feature_id": "sex", "feature_index": 0, "flat_feature_index": 1}],
        },
        "oblivious_trees": [{"splits": [{"float_feature_index": 0, "split_type": "FloatFeature"}]}],
    }
    (tmp_path / "m.json").write_text(json.dumps(value))

    assert modelled(read(tmp_path)) == {"age": "m.json (1 splits)", "score": "m.json (0 splits)", "sex": "m.json"}


def proto(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def test_onnx(tmp_path: Path) -> None:
    """The inputs of an ONNX graph are its features, without weights that older files list among them."""
    graph = (
        proto(11, proto(1, b"age")) + proto(11, proto(1, b"sex")) + proto(11, proto(1, b"w")) + proto(5, proto(8, b"w"))
    )
    (tmp_path / "m.onnx").write_bytes(bytes([1 << 3, 8]) + proto(7, graph))
    (tmp_path / "x.onnx").write_bytes(proto(7, proto(11, proto(1, b"float_input"))))

    assert set(modelled(read(tmp_path, "m.onnx"))) == {"age", "sex"}
    assert {column for _, column in read(tmp_path, "x.onnx").doubts} == set(PEOPLE.columns)


def test_onnx_itself(tmp_path: Path) -> None:
    """A file of the library itself is read as one written after its format."""
    onnx = pytest.importorskip("onnx")
    inputs = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, 1]) for name in ("age", "score")]
    output = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 1])
    node = onnx.helper.make_node("Add", ["age", "score"], ["y"])
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([node], "g", inputs, [output])), tmp_path / "m.onnx")

    assert set(modelled(read(tmp_path))) == {"age", "score"}


def test_pmml(tmp_path: Path) -> None:
    """PMML names what is active, with its importance; derived and supplementary fields are none."""
    (tmp_path / "m.pmml").write_text(
        """<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><DataDictionary><DataField name="age"/>
        <DataField name="note"/><DataField name="sex"/></DataDictionary><TreeModel><MiningSchema>
        <MiningField name="age" importance="0.75"/><MiningField name="sex" usageType="target"/>
        <MiningField name="note" usageType="supplementary"/><MiningField name="derived"/></MiningSchema></TreeModel>
        </PMML>"""
    )

    assert modelled(read(tmp_path)) == {"age": "m.pmml (importance 0.75)", "sex": "m.pmml"}


def test_hostile_xml(tmp_path: Path) -> None:
    """Entities are refused and nothing outside the file is read."""
    (tmp_path / "m.pmml").write_text(
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><PMML><MiningField name="&a;"/></PMML>'
    )
    result = read(tmp_path)

    assert result.evidence.is_empty()
    assert result.coverage.reasons == ["m.pmml: not PMML"]


def test_mlflow(tmp_path: Path) -> None:
    """An MLmodel's signature names the inputs."""
    (tmp_path / "MLmodel").write_text(
        'signature:\n  inputs: \'[{"type": "double", "name": "age"}, {"type": "string", "name": "sex"}]\'\n'
    )

    assert set(modelled(read(tmp_path))) == {"age", "sex"}


def test_skops(tmp_path: Path) -> None:
    """A skops file names the features that its estimator saw when it was fitted."""
    names = {"__class__": "ndarray", "type": "json", "content": [{"content": '"age"'}, {"content": '"sex"'}]}
    with zipfile.ZipFile(tmp_path / "m.skops", "w") as archive:
        archive.writestr("schema.json", json.dumps({"content": {"content": {"feature_names_in_": names}}}))

    assert set(modelled(read(tmp_path))) == {"age", "sex"}


def test_skops_itself(tmp_path: Path) -> None:
    """A file of skops itself is read as one written after its format."""
    skops_io = pytest.importorskip("skops.io")
    from sklearn.linear_model import LogisticRegression

    frame, label = table()
    skops_io.dump(LogisticRegression().fit(frame, label), tmp_path / "m.skops")

    assert set(modelled(read(tmp_path))) == {"age", "house income", "score"}


class Trap:
    """What would run on unpickling."""

    def __reduce__(self):
        return (open, ("canary", "w"))


def test_pickles_stay_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle is never opened: any column may be its feature, until a list beside it says which."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Trap()))
    alone = read(tmp_path)
    (tmp_path / "m.features.yaml").write_text("features: [age, sex]\n")
    listed = read(tmp_path)

    assert not (tmp_path / "canary").exists()
    assert {column for _, column in alone.doubts} == set(PEOPLE.columns)
    assert "a pickle is not opened" in alone.coverage.reasons[0]
    assert set(modelled(listed)) == {"age", "sex"}
    assert listed.doubts == {}


@pytest.mark.parametrize(
    ("feature", "column"),
    [
        ("age", "age"),
        ("num__age", "age"),
        ("cat__sex_male", "sex"),
        ("sex=male", "sex"),
        ("house_income", "house income"),
        ("ages", None),
        ("idea", None),
    ],
)
def test_names_of_pipelines(feature: str, column: str | None) -> None:
    """A feature that a pipeline named is that of the column it was made of, and no other."""
    assert match(feature, PEOPLE) == column


def test_several_tables(tmp_path: Path) -> None:
    """A name that two tables have is that of the table with most of the features; the other one's is in doubt."""
    other = TableSchema(("orders",), "", ("id", "amount", "age"))
    (tmp_path / "f.json").write_text('["age", "sex", "amount"]')
    result = read(tmp_path, tables=(PEOPLE, other))

    assert set(result.evidence.select("table", "column").rows()) == {
        ("people", "age"),
        ("people", "sex"),
        ("orders", "amount"),
        ("orders", "age"),
    } - set(result.doubts)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", "{"), ("m.json", "{}"), ("m.json", "[1]"), ("m.txt", "tree\nno names\n"), ("m.onnx", "xx"),
        ("m.skops", ""),
        ("MLmodel", "a: 1"), ("m.bin", "\x00"), ("m.yaml", "a: ["), ("m.pmml", "<a/>"), ("m.txt", "Column_0\nColumn_1"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(tmp_path: Path, name: str, content: str) -> None:
    """A model that cannot be read is named, and no column is called unused because of its silence."""
    (tmp_path / name).write_text(content)
    result = read(tmp_path)

    assert result.evidence.is_empty()
    assert {column for _, column in result.doubts} == set(PEOPLE.columns)
    assert result.coverage.reasons[0].startswith(f"{name}: ")


def test_strangers_are_told(tmp_path: Path) -> None:
    """Features that are no column are counted in the coverage."""
    (tmp_path / "f.txt").write_text("age\nspeed\n")

    assert read(tmp_path).coverage.reasons == ["f.txt: 1 of 2 features are no column: speed"]
    assert read(tmp_path, "none/*").blind == "no file matches"
