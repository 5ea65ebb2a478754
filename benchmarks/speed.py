"""What a verdict costs beside a cross-validation: `python -m benchmarks.speed` (from the repository, inside its venv).

The same table, the same estimator, the same two threads: a plain 5-fold cross-validation and `estimate_value`, in turn,
each in a process of its own; medians over runs. Numbers only, so that neither side has text to encode.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time

N_FEATURES, N_THREADS = 50, 2
#: Rows, and the most that the verdict may take as a multiple of the cross-validation.
SIZES = {2_000: 12, 50_000: 6, 1_000_000: 2}
MOST_FITS, MOST_MEMORY, MOST_REST = 105, 3.0, 0.10
COSTS = {
    "cleaning": {"labels_per_hour": 90, "cost_per_hour": 40, "reviewer_accuracy": 0.97},
    "collecting": {"rows_per_day": 500, "cost_per_day": 600},
}


def make_table(n):
    """Return n rows of 50 numbers and a label of which a tenth is wrong."""
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, N_FEATURES), dtype=np.float32)
    true = X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * X[:, 3] > 0
    return X, np.where(rng.random(n) < 0.1, ~true, true).astype(np.int64)


def run_plain(n):
    """Cross-validate the default estimator with scikit-learn alone."""
    import numpy as np
    from joblib import Parallel, delayed
    from lightgbm import LGBMClassifier
    from sklearn.model_selection import StratifiedKFold

    from datassay.labels.estimator import choose_trees

    X, y = make_table(n)
    settings, n_rounds = choose_trees("classification", n, 2, 0)

    def fold(train, test):
        return LGBMClassifier(n_estimators=n_rounds, **settings).fit(X[train], y[train]).predict_proba(X[test])

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    cut = StratifiedKFold(5, shuffle=True, random_state=0).split(X, y)
    out = Parallel(n_jobs=N_THREADS, backend="threading")(delayed(fold)(train, test) for train, test in cut)
    assert sum(len(part) for part in out) == n
    assert np.isfinite(out[0]).all()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"seconds": seconds, "cpu": cpu, "memory": _grown(before, n)}


def run_verdict(n):
    """Ask for the verdict, and note what of it is spent in fits."""
    import threading

    import polars as pl

    import datassay
    from datassay.labels.estimator import Learner

    X, y = make_table(n)
    frame = pl.DataFrame(X, schema=[f"x{j}" for j in range(N_FEATURES)]).with_columns(y=pl.Series(y))
    del X
    # `fit_predict` comes through here too.
    spent, lock, fit_predict_each = [], threading.Lock(), Learner.fit_predict_each

    def timed(self, *args):
        started = time.thread_time()
        found = fit_predict_each(self, *args)
        with lock:
            spent.append(time.thread_time() - started)
        return found

    Learner.fit_predict_each = timed
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    found = datassay.estimate_value(frame, label="y", metric="accuracy", n_jobs=N_THREADS, **COSTS)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu": cpu,
        "in_fits": sum(spent),
        "n_fits": found.n_fits,
        "memory": _grown(before, n),
        "busy": cpu / seconds,
        "action": found.verdict.action,
    }


def _grown(before, n):
    """Return by how many sizes of the matrix the process grew at its peak, from `before` (KiB)."""
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (n * N_FEATURES * 4)


def measure(what, n):
    """Run one side in a process of its own."""
    # Imports, and what libraries set up at their first use, are no part of the work.
    code = f"from benchmarks import speed; import json; speed.run_{what}(300); print(json.dumps(speed.run_{what}({n})))"
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": str(N_THREADS)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env)
    return json.loads(done.stdout.splitlines()[-1])


def mark(is_met):
    return "met" if is_met else "missed"


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=3, help="runs of each side")
    parser.add_argument("--rows", type=int, nargs="*", default=[*SIZES])
    given = parser.parse_args()
    print(
        f"`python -m benchmarks.speed -n {given.n}`, Python {platform.python_version()}, {os.cpu_count()} processors,"
    )
    print(f"load {os.getloadavg()[0]:.0f} when it began. {N_FEATURES} columns; medians.\n")
    print(
        "| rows | cross-validation, CPU s | verdict, CPU s | ratio of CPU | ratio of wall time | most | fits | "
        "not in fits | peak memory / matrix | that of the cross-validation | busy processors |"
    )
    print("|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|")
    for n in given.rows:
        runs = [(measure("plain", n), measure("verdict", n)) for _ in range(given.n)]
        plain, verdict = ([run[i] for run in runs] for i in (0, 1))

        def mid(side, key):
            return statistics.median(one[key] for one in side)

        by_cpu = statistics.median(b["cpu"] / a["cpu"] for a, b in runs)
        by_wall = statistics.median(b["seconds"] / a["seconds"] for a, b in runs)
        rest = statistics.median(1 - one["in_fits"] / one["cpu"] for one in verdict)
        memory, n_fits = mid(verdict, "memory"), round(mid(verdict, "n_fits"))
        print(
            f"| {n:,} | {mid(plain, 'cpu'):.1f} | {mid(verdict, 'cpu'):.1f} | {by_cpu:.1f} | {by_wall:.1f} "
            f"| {SIZES.get(n, 0)} ({mark(by_cpu <= SIZES.get(n, 0))}) | {n_fits} ({mark(n_fits <= MOST_FITS)}) "
            f"| {100 * rest:.1f} % ({mark(rest < MOST_REST)}) | {memory:.1f} ({mark(memory <= MOST_MEMORY)}) "
            f"| {mid(plain, 'memory'):.1f} | {mid(verdict, 'busy'):.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
