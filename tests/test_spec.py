"""The audit definition: what it accepts, what it refuses, and in which words."""

import json
import re
from datetime import date
from typing import get_args

import polars as pl
import pytest
import yaml
from pydantic import BaseModel

from datassay.errors import SpecError
from datassay.labels.naming import to_classes
from datassay.spec import AuditSpec, json_schema, parse_spec, read_spec
from datassay.spec.wording import EXAMPLES

MINIMAL = {"dataset": {"path": "data/x.parquet"}}


def test_a_path_is_enough():
    """A definition that names only the data is complete, and says what it assumes."""
    spec = parse_spec(MINIMAL, "x", "x.yaml")
    assert spec.name == "x"
    assert spec.dataset.rev == "HEAD"
    assert "cleaning.labels_per_hour = 60" in spec.assumed


def test_given_figures_are_not_called_assumed():
    """A figure that the definition gives is not among the assumed ones."""
    spec = parse_spec({**MINIMAL, "cleaning": {"labels_per_hour": 60}}, "x", "x.yaml")
    assert not any(told.startswith("cleaning.labels_per_hour") for told in spec.assumed)


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"labl": "y"}, "unknown key 'labl'. Did you mean 'label'?"),
        ({"cleaning": {"labels_per_hr": 3}}, "unknown key 'cleaning.labels_per_hr'. Did you mean 'labels_per_hour'?"),
        ({"gate": {"expectations": {"critcal": 2}}}, "Did you mean 'critical'?"),
        (
            {"usage": {"sources": [{"sqll": "q"}]}},
            "unknown usage source 'sqll'. Did you mean 'sql'?",
        ),
        ({"usage": {"sources": [{"sql": "a", "python": "b"}]}}, "exactly one key"),
        ({"usage": {"sources": [{"sql": 3}]}}, "'usage.sources.0.sql': a glob, a list of them or a mapping is needed"),
        ({"seed": "abc"}, "'seed': a whole number is needed (got 'abc')."),
        ({"seed": 1.5}, "'seed': a whole number is needed (got 1.5)."),
        ({"cleaning": {"labels_per_hour": 0}}, "'cleaning.labels_per_hour': more than 0 is needed (got 0)."),
        ({"cleaning": {"cost_per_hour": float("nan")}}, "'cleaning.cost_per_hour': a finite number is needed"),
        ({"cleaning": {"labels_per_hour": "many"}}, "'cleaning.labels_per_hour': a number is needed (got 'many')."),
        ({"cleaning": {"cost_per_hour": True}}, "'cleaning.cost_per_hour': a number is needed (got True)."),
        ({"seed": True}, "'seed': a whole number is needed (got True)."),
        ({"gate": {"expectations": {"critical": False}}}, "a whole number is needed (got False)."),
        ({"actions": {"measure": "maybe"}}, "'actions.measure': true or false is needed"),
        ({"dataset": "data/x.parquet"}, "'dataset': a mapping is needed, such as {path: data/x.parquet} (got 'data/x."),
        ({"gate": {"label_error_rate": 0.05}}, "'gate.label_error_rate': a mapping is needed, such as {max: 0.05}"),
        ({"features": {"exclude": "a"}}, "'features.exclude': a list is needed (got 'a'). Write [a]."),
        (
            {"label": True},
            "'label': text is needed (got True). YAML reads yes, no, on and off as True or False: put it",
        ),
        ({"label": 3}, """'label': text is needed (got 3). Put it in quotes: "3"."""),
        ({"label": date(2024, 1, 1)}, """'label': text is needed (got 2024-01-01). Put it in quotes: "2024-01-01"."""),
        (
            {"collecting": {"class_share": {None: 0.5}}},
            "'collecting.class_share': text is needed for each key",
        ),
        ({3: 4}, "unknown key '3'."),
        ({"metric": "acuracy"}, "Did you mean 'accuracy'?"),
        ({"gate": {"unknown": "maybe"}}, "'gate.unknown': 'block' or 'allow' is needed (got 'maybe')."),
        ({"currency": "EUROOOO"}, "'currency': at most 5 characters are allowed"),
        ({"cleaning": {"reviewer_accuracy": 1.2}}, "'cleaning.reviewer_accuracy'"),
        ({"task": "regression", "metric": "accuracy"}, "metric 'accuracy' is not for regression"),
        ({"estimator": "package.module"}, "package.module:factory"),
        ({"label": "y", "features": {"groups": "y"}}, "features.groups is the label 'y': rows of one part would all"),
        ({"label": "y", "features": {"time": "y"}}, "features.time is the label 'y': rows would be put in order by"),
        ({"usage": {"window": "90 days"}}, "'usage.window': a number of days is needed, such as 90d (got '90 days')."),
        ({"usage": {"window": 90}}, "'usage.window': a number of days is needed, such as 90d (got 90)."),
    ],
)
def test_bad_keys_and_values_are_one_line(extra, told):
    """An unknown key names the nearest known one, a wrong value says where it is; always in one line."""
    with pytest.raises(SpecError) as caught:
        parse_spec({**MINIMAL, **extra}, "x", "audits/x.yaml")

    line = str(caught.value)
    assert told in line
    assert line.startswith("audits/x.yaml: ")
    assert line.endswith((".", "?"))
    assert not line.endswith(("?.", ".."))
    assert "\n" not in line
    assert not re.search(r"[Ii]nput should|instance of|Spec\b|Gate\b|pattern|\.\.|\?\.", line)


def keys_of_mappings(model, above=()):
    """Return the keys below which a definition has a mapping with keys of its own, by place."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        below = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if below is not None:
            yield ".".join((*above, name))
            yield from () if below.__name__ == "UsageSource" else keys_of_mappings(below, (*above, name))


def test_every_mapping_has_an_example_that_is_one():
    """Whoever writes a plain value where a mapping belongs is shown one that the definition takes."""
    assert set(EXAMPLES) == {*keys_of_mappings(AuditSpec), "collecting.class_share"}
    for key, example in EXAMPLES.items():
        content = yaml.safe_load(example)
        for part in reversed(key.split(".")):
            content = {part: [content] if part == "sources" else content}
        assert parse_spec({**MINIMAL, **content}, "x", "x.yaml")


def test_an_address_with_a_password_is_not_repeated():
    """A connection is the name of a variable; whoever writes the address itself does not find it in a log."""
    with pytest.raises(SpecError, match=r"'sql\.connection': the name of the environment variable") as caught:
        parse_spec({**MINIMAL, "sql": {"connection": "postgresql://ann:hunter2@db/x"}}, "x", "x.yaml")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dataset: [", "not valid YAML"),
        ("- a\n- b\n", "is a mapping"),
        ("", "is a mapping"),
        ("label: y\n", "key 'dataset' is missing"),
        (
            "dataset: !!python/object/apply:os.system ['true']\n",
            "the tag '!!python/object/apply:os.system' is not",
        ),
        ("label: y\ndataset: !mine {path: x}\n", "line 2: the tag '!mine' is not allowed"),
        ("label: y\n? [a, b]\n: 3\n", "line 2: a key is a list or a mapping"),
        ("label: y\x00\n", "character 9 is one that YAML does not allow"),
        ("a: &a {b: *a}\n", "nested too deeply, or into itself"),
    ],
)
def test_files_that_are_no_definitions(tmp_path, text, told):
    """A file that is not a definition is refused in one line with its path; YAML tags run nothing."""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=told) as caught:
        read_spec(path)
    assert str(path) in str(caught.value)


def test_a_definition_in_another_encoding_says_so(tmp_path):
    """What is wrong with a file that is no UTF-8 is its encoding, not its YAML."""
    path = tmp_path / "x.yaml"
    path.write_bytes("dataset: {path: café.csv}\n".encode("latin-1"))
    with pytest.raises(SpecError, match=r"x\.yaml: byte 19 is not UTF-8 text\. Save the file as UTF-8"):
        read_spec(path)


def test_absent_file_is_told(tmp_path):
    """A definition that cannot be opened says so."""
    with pytest.raises(SpecError, match="Cannot read the audit definition"):
        read_spec(tmp_path / "none.yaml")


def test_classes_may_be_written_as_the_labels_are(tmp_path):
    """Keys that YAML reads as numbers, booleans and dates name the classes that such labels have."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "dataset: {path: x.parquet}\ncollecting:\n  class_share: {1: 0.1, -2: 0.1, false: 0.1, 2.0: 0.1, 2.5: 0.1, "
        "2020-01-02: 0.1, rare: 0.1}\n"
    )
    named = list(read_spec(path).collecting.class_share)

    labels = [[1, -2], [False], [2.0, 2.5], [date(2020, 1, 2)], ["rare"]]
    assert named == [name for values in labels for name in to_classes(pl.Series("y", values)).to_list()]


@pytest.mark.parametrize("shares", [{1: 0.2, "1": 0.3}, {True: 0.2, "true": 0.3}])
def test_a_class_that_is_named_twice_is_refused(shares):
    """No share is lost where a number and a text name the same class."""
    with pytest.raises(SpecError, match=r"'collecting\.class_share': the class '(1|true)' is there twice"):
        parse_spec({**MINIMAL, "collecting": {"class_share": shares}}, "x", "x.yaml")


def test_json_schema_describes_every_key():
    """The published schema knows every key of a definition and refuses unknown ones."""
    schema = json_schema()
    assert set(schema["properties"]) == set(AuditSpec.model_fields)
    assert schema["additionalProperties"] is False
    json.dumps(schema)


def test_a_key_that_is_there_twice_is_named(tmp_path):
    """YAML would let the last one win, and nobody would know."""
    path = tmp_path / "x.yaml"
    path.write_text("dataset: {path: x.parquet}\nseed: 0\ncleaning:\n  labels_per_hour: 9\n  labels_per_hour: 10\n")

    with pytest.raises(SpecError, match=r"x.yaml line 5: the key 'labels_per_hour' is there twice"):
        read_spec(path)
