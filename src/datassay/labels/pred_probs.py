"""Out-of-sample predictions of every labelled row: the ground that all label and value estimates stand on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datassay.datasets.content import temporary
from datassay.datasets.reading import writing
from datassay.errors import DataError, InconclusiveError, SpecError
from datassay.labels import choice, duplicates, encoding, features, folds, importance
from datassay.labels.estimator import Features, Learner, fitting
from datassay.labels.ids import explain_ids
from datassay.labels.leads import Lead
from datassay.labels.leaks import find_leaks
from datassay.labels.metrics import default_metric, foresees_all, prior_score, score
from datassay.labels.ranks import rank_column
from datassay.labels.target import Target, read_target
from datassay.progress import advance
from datassay.results import Predictions, Snapshot
from datassay.spec import AuditSpec
from datassay.words import plural

#: Most rows that are fitted where the definition does not say; more would not change a rate but take minutes.
MAX_ROWS = 50_000
N_JOBS = 2
#: Interquartile ranges from the median beyond which a label may have ruined the fit.
EXTREME = 100.0
#: A model whose ROC AUC is above this and clear of chance knows something, whatever the metric says.
LEAST_RANKING = 0.6


@dataclass(frozen=True)
class Arrays:
    """The content of a predictions file."""

    #: (n,) positions in the snapshot, ascending.
    row: NDArray[np.int64]
    #: (n,) int codes in class order, or floats.
    given: NDArray[Any]
    #: (n, k) probabilities in class order, or (n,) floats.
    pred: NDArray[np.float64]
    #: (n,) the fold in which a row was predicted.
    fold: NDArray[np.int64]
    #: (n,) near duplicates share a code; None where no row was kept with another.
    cluster: NDArray[np.int64] | None = None


def load_arrays(predictions: Predictions) -> Arrays:
    """Return what `predict` saved; raises DataError where the file is gone or broken."""
    try:
        with np.load(predictions.path, allow_pickle=False) as file:
            return Arrays(file["row"], file["given"], file["pred"], file["fold"], file.get("cluster"))
    except (OSError, ValueError, KeyError) as exc:
        raise DataError("The predictions cannot be read from the cache.", hint="Run the audit again.") from exc


def predict(snapshot: Snapshot, spec: AuditSpec, *, cache_dir: Path, n_jobs: int = N_JOBS) -> Predictions:
    """Predict every labelled row by a model that has not seen it.

    Writes `predictions.npz` and, where the model takes a matrix, `features.npy` into `cache_dir`; the same data,
    definition and seed give the same content whatever `n_jobs`. Rows without a label are left out and counted.
    Raises SpecError where the definition does not fit the snapshot, DataError where there is nothing to learn,
    EngineError where the estimator fails, InconclusiveError where the model is no better than guessing.
    """
    columns = features.choose_columns(snapshot, spec)
    target = _sample(read_target(snapshot, spec), spec)
    if target.task == "classification":
        folds.check_classes(target.y, target.classes)
    with fitting():
        table = features.read_features(snapshot, columns, target.rows)
        _check_embeddings(spec, table.sources)
        encoded = encoding.encode(table.frame, spec.seed)
        clusters, n_twins, note = duplicates.find_clusters(encoded.matrix, spec.seed, encoded.sources)
        cut, splits = cut_folds(snapshot, spec, target, clusters)
        bound = "features.time" if spec.features.time else "features.groups" if spec.features.groups else None
        if bound and target.task == "classification":
            folds.check_seen(cut.fold, target.y, target.classes, bound)
        chosen = choice.choose_learner(table.frame, encoded, target, spec, cut.fold)
        origin = dict(zip(table.frame.columns, table.sources, strict=True))
        origins = table.sources if chosen.learner.wants_table else [origin[name] for name in encoded.sources]
        columns = list(dict.fromkeys(origins))
        scrambled = importance.scramble(chosen.features, origins, columns, cut.fold, spec.seed)
        pred, scrambled_pred = _predict_folds(
            chosen.learner, chosen.features, target.y, cut, scrambled, n_jobs=min(n_jobs, os.cpu_count() or 1)
        )
        metric = spec.metric or default_metric(target.task)
        reached, prior, doubts = _check_informed(metric, target, pred, cut)
        leaks = find_leaks(encoded, target, pred, origin)
        weights = importance.weigh(metric, target.y, scrambled, scrambled_pred) if scrambled else {}
    notes = [
        # Whatever follows rests on a column that gives the label away.
        *leaks.notes,
        *explain_ids(snapshot, spec),
        *_sampling_notes(target, spec, snapshot),
        *table.notes,
        *([note] if note else []),
        *chosen.notes,
        *doubts,
    ]
    if chosen.features.matrix is None:
        matrix_path = None
    else:
        matrix_path = str(encoding.save_array(cache_dir / "features.npy", chosen.features.matrix))
    arrays = Arrays(target.rows, target.y, pred, cut.fold, clusters if n_twins else None)
    return Predictions(
        task=target.task,
        path=str(_save(cache_dir / "predictions.npz", arrays)),
        matrix_path=matrix_path,
        classes=target.classes,
        n_rows=len(target.rows),
        n_missing_labels=target.n_missing,
        n_folds=cut.n_folds,
        n_fits=cut.n_folds + chosen.n_fits,
        splits=splits,
        metric=metric,
        score=reached,
        prior_score=prior,
        estimator=chosen.learner.estimator,
        n_near_duplicates=n_twins,
        feature_columns=list(dict.fromkeys(table.sources)),
        importances=weights,
        given_away_by=leaks.column,
        notes=notes,
    )


def _check_embeddings(spec: AuditSpec, sources: list[str]) -> None:
    for name in spec.features.embeddings:
        if name not in sources:
            raise DataError(
                f"features.embeddings: the column {name!r} is no array of numbers of one length, or is constant."
            )


def _sample(target: Target, spec: AuditSpec) -> Target:
    """Return at most `max_rows` rows, classes in their shares and none below the number of folds."""
    most = spec.max_rows or MAX_ROWS
    n = len(target.rows)
    if n <= most:
        return target
    rng = np.random.default_rng(spec.seed)
    if target.task == "regression":
        kept = np.sort(rng.choice(n, size=most, replace=False))
    else:
        parts = []
        for code in range(len(target.classes)):
            rows = np.flatnonzero(target.y == code)
            size = min(len(rows), max(folds.N_FOLDS, round(most * len(rows) / n)))
            parts.append(rng.choice(rows, size=size, replace=False))
        kept = np.sort(np.concatenate(parts))
    return Target(target.task, target.rows[kept], target.y[kept], target.classes, target.n_missing)


def _sampling_notes(target: Target, spec: AuditSpec, snapshot: Snapshot) -> list[str]:
    n_labelled = snapshot.n_rows - target.n_missing
    notes = []
    if len(target.rows) < n_labelled:
        notes.append(
            f"Fitted on a random {len(target.rows):,} of {n_labelled:,} labelled rows (seed {spec.seed}); "
            "rates are those of the sample."
        )
    if target.n_missing:
        told = plural(target.n_missing, "row without a label is", "rows without a label are")
        notes.append(f"{told} left out.")
    return notes


def cut_folds(
    snapshot: Snapshot, spec: AuditSpec, target: Target, clusters: NDArray[np.int64]
) -> tuple[folds.Folds, str]:
    """Deal the rows of `target` to folds as the definition asks, and say how; `clusters` (n,) are never cut.

    Raises SpecError and DataError where the columns of time or groups do not serve.
    """
    time, groups = spec.features.time, spec.features.groups
    if time and groups:
        raise SpecError("features.time and features.groups are both set.", hint="Set one of the two.")
    if time:
        ranks = rank_column(snapshot, time, target.rows, "features.time")
        return folds.make_time_folds(ranks, clusters), f"time: {time}"
    strata = np.zeros(len(target.y), dtype=np.int64) if target.task == "regression" else target.y
    splits = "random" if target.task == "regression" else "stratified"
    if groups:
        bonds = rank_column(snapshot, groups, target.rows, "features.groups")
        clusters, is_apart = duplicates.bind_groups(clusters, bonds)
        splits = f"groups: {groups}" + (", whose copies in other groups may be in other folds" if is_apart else "")
    return folds.make_folds(strata, clusters, seed=spec.seed), splits


def _predict_folds(
    learner: Learner,
    content: Features,
    y: NDArray[Any],
    cut: folds.Folds,
    scrambled: importance.Scrambled | None,
    *,
    n_jobs: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the out-of-sample predictions of all rows, and those of `scrambled` by the model of fold 0."""
    from joblib import Parallel, delayed

    def predict_fold(i: int) -> tuple[NDArray[Any], list[NDArray[np.float64]]]:
        test = np.flatnonzero(cut.fold == i)
        more = [scrambled.copies.content] if scrambled is not None and i == 0 else []
        return test, learner.fit_predict_each(content, y, np.flatnonzero(cut.fold != i), [content.take(test), *more])

    of_scrambled = np.empty(0)
    shape = (len(y), learner.n_classes) if learner.task == "classification" else (len(y),)
    pred = np.empty(shape)
    advance("predict", 0, cut.n_folds)
    jobs = Parallel(n_jobs=n_jobs, backend="threading", return_as="generator")
    for done, (test, parts) in enumerate(jobs(delayed(predict_fold)(i) for i in range(cut.n_folds)), start=1):
        pred[test] = parts[0]
        of_scrambled = parts[1] if len(parts) > 1 else of_scrambled
        advance("predict", done, cut.n_folds)
    return pred, of_scrambled


def _check_informed(
    metric: str, target: Target, pred: NDArray[np.float64], cut: folds.Folds
) -> tuple[float, float, list[str]]:
    """Return the model's and the prior's score, and notes.

    Raises InconclusiveError where the lead over the prior may be chance, and rows are not ranked either.
    """
    y, k = target.y, len(target.classes)
    reached, prior = score(metric, y, pred), prior_score(metric, y, k)
    lead = Lead(cut, lambda rows: score(metric, y[rows], pred[rows]) - prior_score(metric, y[rows], k))
    if lead.is_real():
        return reached, prior, _perfect(metric, reached, prior)
    hint = "Name more telling features, another estimator, or check the label column."
    if target.task == "regression":
        # A few labels that are wrong by orders of magnitude ruin every squared error, and are what is looked for.
        if Lead(cut, lambda rows: _median_gap(y[rows]) - _median_gap(y[rows], pred[rows])).is_real():
            note = f"By {metric} the model is no better than guessing, by its median error it is: extreme labels."
            return reached, prior, [note]
        low, middle, high = np.quantile(y, [0.25, 0.5, 0.75])
        reach = float(np.abs(y - middle).max() / max(high - low, 1e-12))
        if reach > EXTREME:
            hint = f"Look at the extreme labels first: one lies {reach:,.0f} interquartile ranges from the median."
    elif (
        metric != "roc_auc"
        and (ranking := score("roc_auc", y, pred)) > LEAST_RANKING
        and Lead(cut, lambda rows: score("roc_auc", y[rows], pred[rows]) - 0.5).is_real()
    ):
        # Where one class is rare, naming the other always is hard to beat in accuracy, however well rows are ranked.
        note = (
            f"By {metric} the model is no better than knowing only the labels' distribution ({reached:.3f} against "
            f"{prior:.3f}), but it does rank rows (roc_auc {ranking:.2f}); 'metric: roc_auc' would show more."
        )
        return reached, prior, [note]
    raise InconclusiveError(
        f"The model is no better than guessing: {metric} {reached:.3f} against {prior:.3f} for knowing only the "
        f"labels' distribution, and a lead of up to {lead.chance:.3f} may be chance.",
        hint=hint,
    )


def _perfect(metric: str, reached: float, prior: float) -> list[str]:
    if not foresees_all(metric, reached, prior):
        return []
    told = (
        f"The model foresees every given label ({metric} {reached:.3f}): none looks wrong to it. "
        "Make sure that no column gives the label away."
    )
    return [told]


def _median_gap(y: NDArray[Any], pred: NDArray[np.float64] | None = None) -> float:
    """Return the median distance of labels from their predictions, or from their median."""
    return float(np.median(np.abs(y - (np.median(y) if pred is None else pred))))


def _save(path: Path, arrays: Arrays) -> Path:
    with temporary(path.parent) as fresh, writing(path.parent):
        with fresh.open("wb") as file:
            np.savez(file, allow_pickle=False, **{k: each for k, each in vars(arrays).items() if each is not None})
        fresh.replace(path)
    return path
