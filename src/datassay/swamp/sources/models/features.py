"""The features that a saved model names, by the format of its file; nothing is unpickled or run."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datassay.swamp.sources.models.onnx import read_inputs

#: Largest text that is read out of an archive.
_MOST_BYTES = 200_000_000
_UNNAMED = re.compile(r"^(?:Column_|f|x|feature_|col_?)?\d+$")
#: What an ONNX graph calls an input that takes all features at once.
_WHOLE_INPUTS = frozenset({"x", "input", "inputs", "float_input", "features", "input_0", "args_0", "data"})
_LISTS = ("features", "feature_names", "columns", "input_features", "feature_names_in_")


class NotReadableError(ValueError):
    """A model file whose features cannot be told, and why."""


@dataclass(frozen=True)
class Features:
    """What a model takes."""

    #: By name, the importance where the file has one.
    importances: dict[str, float | None]
    #: "splits", "gain" and the like: what an importance counts.
    unit: str = "splits"

    @property
    def is_named(self) -> bool:
        """Whether the names are names and no positions."""
        return bool(self.importances) and not all(_UNNAMED.match(name) for name in self.importances)


def read_features(path: Path) -> Features:
    """Return the features of one model file; raises NotReadableError with the reason where they cannot be told."""
    suffix = path.suffix.lower()
    if suffix in {".pkl", ".pickle", ".joblib", ".sav", ".dill", ".pt", ".pth"}:
        raise NotReadableError("a pickle is not opened; list its features in a .features.yaml beside it")
    if suffix == ".onnx":
        return _read_onnx(path)
    if suffix == ".skops":
        return _read_skops(path)
    if suffix == ".pmml" or path.name.lower().endswith(".pmml.xml"):
        return _read_pmml(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise NotReadableError("not a text, and no format of models that is known") from exc
    if path.name == "MLmodel":
        return _read_mlflow(text)
    if text.startswith(("tree\n", "tree\r\n")):
        return _read_lightgbm(text)
    if suffix in {".yaml", ".yml"}:
        return _read_list(_parse(yaml.safe_load, text))
    if suffix == ".json":
        return _read_json(_parse(json.loads, text))
    if suffix in {".txt", ".lst"}:
        return Features(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    raise NotReadableError("no format of models that is known")


def _parse(load: Callable[[str], Any], text: str) -> Any:
    try:
        return load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as exc:
        raise NotReadableError("neither JSON nor YAML") from exc


def _read_lightgbm(text: str) -> Features:
    head, _, tail = text.partition("\nTree=")
    match = re.search(r"^feature_names=(.*)$", head, re.MULTILINE)
    if match is None:
        raise NotReadableError("a LightGBM model without feature names")
    names = match[1].split()
    counts: Counter[str] = Counter()
    for line in re.findall(r"^split_feature=(.*)$", tail, re.MULTILINE):
        counts.update(names[int(place)] for place in line.split() if place.isdigit() and int(place) < len(names))
    return Features({name: float(counts[name]) for name in names})


def _read_json(value: Any) -> Features:
    if isinstance(value, dict) and isinstance(value.get("learner"), dict):
        return _read_xgboost(value["learner"])
    if isinstance(value, dict) and isinstance(value.get("features_info"), dict):
        return _read_catboost(value)
    if isinstance(value, dict) and "tree_info" in value and isinstance(value.get("feature_names"), list):
        known = value.get("feature_importances")
        known = known if isinstance(known, dict) else {}
        return Features({str(name): float(known.get(name, 0)) for name in value["feature_names"]})
    if isinstance(value, list) and value and all(isinstance(tree, dict) and "nodeid" in tree for tree in value):
        return Features({name: float(n) for name, n in sorted(Counter(_splits(value)).items())})
    return _read_list(value)


def _splits(trees: Iterable[Any]) -> Iterable[str]:
    """Yield the feature of every split in XGBoost's dump of trees."""
    todo = list(trees)
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if isinstance(node.get("split"), str):
                yield node["split"]
            todo += node.get("children") or []


def _read_xgboost(learner: dict[str, Any]) -> Features:
    names = [str(name) for name in learner.get("feature_names") or []]
    booster = learner.get("gradient_booster")
    booster = booster.get("gbtree", booster) if isinstance(booster, dict) else {}
    model = booster.get("model") if isinstance(booster, dict) else None
    if not names:
        number = learner.get("learner_model_param")
        number = number.get("num_feature", 0) if isinstance(number, dict) else 0
        names = [f"f{i}" for i in range(int(number or 0))]
    if not isinstance(model, dict) or not isinstance(model.get("trees"), list):
        return Features(dict.fromkeys(names))
    counts: Counter[str] = Counter()
    for tree in model["trees"]:
        for place, left in zip(tree.get("split_indices") or [], tree.get("left_children") or [], strict=False):
            if left != -1 and 0 <= place < len(names):
                counts[names[place]] += 1
    return Features({name: float(counts[name]) for name in names})


def _read_catboost(value: dict[str, Any]) -> Features:
    names: dict[tuple[str, int], str] = {}
    for kind, key in (("float", "float_features"), ("cat", "categorical_features"), ("text", "text_features")):
        for i, each in enumerate(value["features_info"].get(key) or []):
            name = each.get("feature_id") or each.get("feature_name") or f"f{each.get('flat_feature_index', i)}"
            names[kind, int(each.get("feature_index", i))] = str(name)
    counts: Counter[str] = Counter()
    for tree in value.get("oblivious_trees") or []:
        for split in tree.get("splits") or []:
            if "float_feature_index" in split:
                counts[names.get(("float", split["float_feature_index"]), "")] += 1
            elif isinstance(split.get("cat_feature_index"), int):
                counts[names.get(("cat", split["cat_feature_index"]), "")] += 1
    # Splits on statistics of categories do not name their column plainly, so a count of 0 says nothing of them.
    return Features(
        {name: float(counts[name]) if kind == "float" or counts[name] else None for (kind, _), name in names.items()}
    )


def _read_onnx(path: Path) -> Features:
    try:
        names = read_inputs(path.read_bytes())
    except (OSError, ValueError, IndexError) as exc:
        raise NotReadableError("not an ONNX model") from exc
    if not names or (len(names) == 1 and names[0].casefold() in _WHOLE_INPUTS):
        raise NotReadableError("its only input takes all features at once, without names")
    return Features(dict.fromkeys(names))


def _read_skops(path: Path) -> Features:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("schema.json").file_size > _MOST_BYTES:
                raise NotReadableError("too large")
            schema = json.loads(archive.read("schema.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, RecursionError) as exc:
        raise NotReadableError("not a skops file") from exc
    todo = [schema]
    while todo:  # the outermost estimator's names come first: they are those of the table
        node = todo.pop(0)
        if isinstance(node, dict):
            found = node.get("feature_names_in_")
            names = _strings(found) if found is not None else []
            if names:
                return Features(dict.fromkeys(names))
        todo += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    raise NotReadableError("no feature_names_in_: it was not fitted on a table with names")


def _strings(node: Any) -> list[str]:
    """Return the strings that skops keeps for an array of names, in order."""
    content = node.get("content") if isinstance(node, dict) else node
    if isinstance(content, str):
        try:
            return [json.loads(content)] if content.startswith('"') else [content]
        except ValueError:
            return []
    return [name for each in content for name in _strings(each)] if isinstance(content, list) else []


def _read_pmml(path: Path) -> Features:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        tree = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError, DefusedXmlException) as exc:
        raise NotReadableError("not PMML") from exc
    taken: dict[str, float | None] = {}
    for field in tree.iter():
        if str(field.tag).rpartition("}")[2] == "MiningField" and field.get("name"):
            is_made = field.get("usageType", "active") in {"active", "target", "predicted", "group", "analysisWeight"}
            if is_made:
                importance = field.get("importance")
                taken.setdefault(str(field.get("name")), float(importance) if importance else None)
    data = [field for field in tree.iter() if str(field.tag).rpartition("}")[2] == "DataField"]
    known = {str(field.get("name")) for field in data}
    if not taken:
        raise NotReadableError("PMML without a mining schema")
    return Features({name: each for name, each in taken.items() if not known or name in known}, unit="importance")


def _read_mlflow(text: str) -> Features:
    value = _parse(yaml.safe_load, text)
    signature = value.get("signature") if isinstance(value, dict) else None
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    listed = _parse(json.loads, inputs) if isinstance(inputs, str) else inputs
    names = [each["name"] for each in listed or [] if isinstance(each, dict) and isinstance(each.get("name"), str)]
    if not names:
        raise NotReadableError("an MLmodel without named inputs in its signature")
    return Features(dict.fromkeys(names))


def _read_list(value: Any) -> Features:
    """Read a declared list: [a, b] or {features: [a, b]} or {features: {a: 0.3}}."""
    if isinstance(value, dict):
        value = next((value[key] for key in _LISTS if key in value), None)
    if isinstance(value, dict) and all(isinstance(each, int | float | None) for each in value.values()):
        return Features(
            {str(name): None if each is None else float(each) for name, each in value.items()}, "importance"
        )
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return Features(dict.fromkeys(value))
    raise NotReadableError("no format of models that is known, and no list of features")
