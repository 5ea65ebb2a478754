"""Distinct statements of a warehouse, by a fixed seed: star joins, CTEs, windows, unions, correlated subqueries."""

from __future__ import annotations

import random

FACTS = ("sales", "returns", "web_sales", "stock")
DIMENSIONS = ("day", "item", "customer", "place", "offer", "address")
_N_FACT, _N_DIMENSION = 14, 12


def make_schema() -> dict[str, list[str]]:
    """Return tables and their columns: facts with keys of all dimensions and measures, dimensions with attributes."""
    schema = {}
    for fact in FACTS:
        keys = [f"{fact}_{dimension}_key" for dimension in DIMENSIONS]
        schema[fact] = keys + [f"{fact}_m{i}" for i in range(_N_FACT - len(keys))]
    for dimension in DIMENSIONS:
        schema[dimension] = [f"{dimension}_key", *(f"{dimension}_a{i}" for i in range(_N_DIMENSION - 1))]
    return schema


def write_schema(schema: dict[str, list[str]]) -> str:
    """Return the schema as CREATE TABLE statements."""
    listed = (
        f"CREATE TABLE {table} ({', '.join(f'{name} INT' for name in names)});" for table, names in schema.items()
    )
    return "\n".join(listed)


def make_queries(n: int, seed: int = 0) -> list[str]:
    """Return `n` different statements."""
    rng = random.Random(seed)
    schema = make_schema()
    found: dict[str, None] = {}
    while len(found) < n:
        found[_make_query(rng, schema)] = None
    return list(found)


def _make_query(rng: random.Random, schema: dict[str, list[str]]) -> str:
    n_ctes = rng.randint(1, 3)
    ctes = [f"c{i} AS ({_aggregate(rng, schema)})" for i in range(n_ctes)]
    joined = " JOIN ".join(["c0 x0", *(f"c{i} x{i} ON x{i}.k1 = x0.k1" for i in range(1, n_ctes))])
    fact, dimension = rng.choice(FACTS), rng.choice(DIMENSIONS)
    measure = rng.choice([name for name in schema[fact] if "_m" in name])
    attribute = rng.choice(schema[dimension][1:])
    inner = (
        f"SELECT max(f.{measure}) FROM {fact} f JOIN {dimension} d ON f.{fact}_{dimension}_key = d.{dimension}_key "
        f"WHERE d.{attribute} = x0.k1 AND f.{measure} > {rng.randint(0, 99)}"
    )
    outputs = ", ".join(f"x{i}.total AS total{i}, x{i}.n AS n{i}" for i in range(n_ctes))
    tail = rng.choice(("", f" UNION ALL SELECT {', '.join(['0'] * (2 * n_ctes + 2))} FROM {dimension}"))
    return (
        f"WITH {', '.join(ctes)} SELECT x0.k1, {outputs}, rank() OVER (PARTITION BY x0.k2 ORDER BY x0.total DESC) AS r "
        f"FROM {joined} WHERE x0.total > ({inner}) AND EXISTS (SELECT 1 FROM {dimension} e "
        f"WHERE e.{attribute} = x0.k2){tail} LIMIT {rng.randint(10, 1000)}"
    )


def _aggregate(rng: random.Random, schema: dict[str, list[str]]) -> str:
    fact = rng.choice(FACTS)
    dimensions = rng.sample(DIMENSIONS, rng.randint(2, 4))
    keys = [rng.choice(schema[dimension][1:]) for dimension in dimensions]
    measures = rng.sample([name for name in schema[fact] if "_m" in name], 3)
    conditions = [f"{fact}_{dimension}_key = {dimension}_key" for dimension in dimensions]
    conditions += [
        f"{rng.choice(schema[dimension][1:])} BETWEEN {rng.randint(0, 9)} AND 99" for dimension in dimensions
    ]
    conditions.append(f"{measures[2]} IN ({', '.join(str(rng.randint(0, 999)) for _ in range(rng.randint(2, 6)))})")
    return (
        f"SELECT {keys[0]} AS k1, {keys[1]} AS k2, sum({measures[0]} * (1 - {measures[1]})) AS total, count(*) AS n, "
        f"avg(CASE WHEN {measures[2]} > {rng.randint(0, 9)} THEN {measures[0]} END) AS mean "
        f"FROM {', '.join([fact, *dimensions])} WHERE {' AND '.join(conditions)} "
        f"GROUP BY {keys[0]}, {keys[1]} HAVING sum({measures[0]}) > {rng.randint(0, 99)}"
    )
