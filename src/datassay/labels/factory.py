"""Estimators of the user: an import path to a factory, and the few differences between estimators evened out."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.errors import EngineError, SpecError

#: A random state of scikit-learn is below this.
SEEDS = 2**32
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def make(path: str, seed: int) -> Any:
    """Return a fresh, unfitted estimator from the factory at "package.module:factory".

    Its random states are set to `seed`, of which they take 32 bits, and its own parallelism is switched off: fits
    already run side by side. Raises SpecError where the path cannot be imported or is no factory.
    """
    from sklearn.base import clone

    module_name, _, name = path.partition(":")
    try:
        factory = getattr(import_module(module_name), name)
    except (ImportError, ValueError, AttributeError) as exc:
        # An ImportError inside the user's module is told as it is: its text holds names of modules only.
        raise SpecError(
            f"The estimator {path!r} cannot be imported: {exc}.",
            hint="Write package.module:factory; the module is looked for from the project's root.",
        ) from exc
    # A script without a guard ends in sys.exit, which is no Exception and would end the audit as if all were well.
    except (Exception, SystemExit) as exc:
        raise SpecError(
            f"The estimator {path!r} cannot be imported: {describe(exc)}.",
            hint=f"Mend the module until 'import {module_name}' works in the project's root.",
        ) from exc
    if not callable(factory):
        raise SpecError(
            f"The estimator {path!r} is not callable.", hint="Name a function or class that returns an estimator."
        )
    try:
        made = factory()
        model = None if isinstance(made, type) else clone(made, safe=False)
    except (Exception, SystemExit) as exc:
        raise SpecError(
            f"The factory {path!r} failed: {describe(exc)}.",
            hint="It is called without arguments and returns a scikit-learn estimator.",
        ) from exc
    if isinstance(made, type):
        raise SpecError(
            f"The factory {path!r} returned the class {made.__name__}, and not an estimator made of it.",
            hint=f"Return {made.__name__}().",
        )
    if not hasattr(model, "fit") or not hasattr(model, "predict"):
        raise SpecError(
            f"The factory {path!r} returned {type(model).__name__}, which has no fit and predict.",
            hint="Return a scikit-learn classifier or regressor, or a pipeline that ends in one.",
        )
    _settle(model, seed)
    return model


def fit(model: Any, X: Any, y: NDArray[Any], name: str) -> Any:
    """Fit and return `model`; raises EngineError, in one line without cell values, where it fails."""
    try:
        # OpenMP's limit belongs to the thread that fits, so the limit around all fits does not reach it.
        with _find_pools(len(sys.modules)).limit(limits=1, user_api="openmp"):
            model.fit(X, y)
    except (Exception, SystemExit) as exc:
        raise _failure(name, "could not be fitted", exc) from exc
    return model


@lru_cache(maxsize=1)
def _find_pools(n_modules: int) -> Any:  # noqa: ARG001 - the key
    """Return the thread pools of all loaded libraries.

    Looking for them takes longer than a small fit, so they are looked for only after something was imported.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def predict_numbers(model: Any, X: Any, name: str) -> NDArray[np.float64]:
    """Return a regressor's finite predictions (n,); raises EngineError otherwise."""
    try:
        out = np.asarray(model.predict(X), dtype=np.float64).reshape(-1)
    except (Exception, SystemExit) as exc:
        raise _failure(name, "could not predict", exc) from exc
    return _checked(out, (len(X),), name)


def predict_probabilities(model: Any, X: Any, k: int, name: str) -> NDArray[np.float64]:
    """Return probabilities (n, k) of the codes 0 to k - 1, rows summing to 1; raises EngineError otherwise.

    An estimator without predict_proba is read through the softmax of its decision_function, and one without either
    through its plain answers, as zeros and ones (see `probability_source`).
    """
    source = probability_source(model)
    try:
        if source == "predict_proba":
            raw = np.asarray(model.predict_proba(X), dtype=np.float64)
        elif source == "decision_function":
            raw = _softmax(np.asarray(model.decision_function(X), dtype=np.float64))
        else:
            raw = np.eye(k)[np.asarray(model.predict(X)).reshape(-1).astype(int)]
    except (Exception, SystemExit) as exc:
        raise _failure(name, "could not predict", exc) from exc
    if source != "predict":
        # Columns come in the order of classes_, which need not be the order of the codes.
        order = np.asarray(getattr(model, "classes_", np.arange(k))).astype(int)
        placed = np.zeros((len(raw), k))
        if raw.ndim == 2 and raw.shape[1] == len(order) == k:
            placed[:, order] = raw
            raw = placed
    raw = _checked(raw, (len(X), k), name)
    total = raw.sum(axis=1, keepdims=True)
    if (raw < 0).any() or (total <= 0).any():
        raise EngineError(f"The estimator {name} returned probabilities below zero, or all zero.")
    normalized: NDArray[np.float64] = raw / total
    return normalized


def probability_source(model: Any) -> str:
    """Return the method that gives probabilities: predict_proba, decision_function or predict."""
    # hasattr and not a type check: SVC(probability=False) and pipelines hide methods that do not apply.
    return next((m for m in ("predict_proba", "decision_function") if hasattr(model, m)), "predict")


def describe(exc: BaseException) -> str:
    """Return an exception as one short line; quoted parts are left out, for they may hold cell values."""
    text = _QUOTED.sub("…", str(exc).strip().split("\n")[0])[:160].rstrip(". ")
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__


def _settle(model: Any, seed: int) -> None:
    if not hasattr(model, "get_params"):
        return
    settings: dict[str, Any] = {}
    for key, value in model.get_params(deep=True).items():
        last = key.rpartition("__")[2]
        if last == "random_state" and value is None:
            settings[key] = seed % SEEDS
        elif last == "n_jobs" and value not in {None, 1}:
            settings[key] = 1
    model.set_params(**settings)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    if scores.ndim == 1:
        scores = np.column_stack([np.zeros_like(scores), scores])
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _checked(out: NDArray[np.float64], shape: tuple[int, ...], name: str) -> NDArray[np.float64]:
    if out.shape != shape:
        raise EngineError(f"The estimator {name} returned predictions of shape {out.shape}, not {shape}.")
    if not np.isfinite(out).all():
        raise EngineError(f"The estimator {name} returned predictions that are not finite numbers.")
    return out


def _failure(name: str, what: str, exc: BaseException) -> EngineError:
    if isinstance(exc, MemoryError):
        return EngineError(
            f"The estimator {name} {what}: not enough memory.", hint="Set a smaller max_rows in the definition."
        )
    return EngineError(
        f"The estimator {name} {what}: {describe(exc)}.", hint="Try the factory by itself on a few rows of the table."
    )
