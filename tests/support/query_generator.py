"""Random schemas and queries whose column use is known because they are built from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Column = tuple[str, str]


@dataclass
class Piece:
    """Something for a FROM: it offers the columns that were asked for, and maybe others that nobody needs."""

    sql: str
    names: list[str]
    #: Read whatever is asked of it.
    used: set[Column] = field(default_factory=set)
    #: Names beside `names`: reading them would be a use that the truth does not know.
    spare: list[str] = field(default_factory=list)


@dataclass
class Case:
    """A schema, a query and the columns that the query uses."""

    tables: dict[str, list[str]]
    sql: str
    used: set[Column]
    #: Taken along by an outermost star, and used by nothing else.
    starred: set[Column] = field(default_factory=set)


class Builder:
    """Builds one query from the inside out; every choice is hypothesis's."""

    def __init__(self, draw: Any, tables: dict[str, list[str]]) -> None:
        self.draw = draw
        self.tables = tables
        self.n = 0
        self.ctes: list[str] = []

    def fresh(self, letter: str) -> str:
        self.n += 1
        return f"{letter}{self.n}"

    def pick(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def base(self, need: int) -> Piece:
        fits = [name for name, columns in self.tables.items() if len(columns) >= need]
        table = self.draw(st.sampled_from(fits))
        columns = self.draw(st.permutations(self.tables[table]))
        return Piece(table, columns[:need], {(table, name) for name in columns[:need]}, columns[need:])

    def source(self, need: int, depth: int) -> Piece:
        """Return a table or subquery that offers `need` columns."""
        if depth == 0:
            return self.base(need)
        shape = self.pick("select", "select", "star", "cte", "union", "join", "group", "window", "exists", "in", "base")
        make = getattr(self, f"{shape}_", None)
        return self.base(need) if make is None else make(need, depth)

    def wrap(self, query: str, names: list[str], used: set[Column], spare: list[str]) -> Piece:
        """Return a query as a subquery, or as a common table expression."""
        if self.draw(st.booleans()):
            return Piece(f"({query})", names, used, spare)
        cte = self.fresh("w")
        self.ctes.append(f"{cte} AS ({query})")
        return Piece(cte, names, used, spare)

    def select_(self, need: int, depth: int) -> Piece:
        n_where = self.draw(st.integers(0, 1))
        inner = self.source(need + n_where, depth - 1)
        alias = self.fresh("s")
        is_qualified = self.draw(st.booleans())
        say = (lambda name: f"{alias}.{name}") if is_qualified else (lambda name: name)
        names, outputs = [], []
        for name in inner.names[:need]:
            out = self.fresh("o")
            form = self.pick("{0}", "{0} + 1", "CASE WHEN {0} > 0 THEN {0} END", "coalesce({0}, 0)")
            outputs.append(f"{form.format(say(name))} AS {out}")
            names.append(out)
        spare = []
        for name in inner.spare[: self.draw(st.integers(0, 2))]:
            out = self.fresh("j")
            outputs.append(f"{say(name)} AS {out}")
            spare.append(out)
        where = f" WHERE {say(inner.names[-1])} > 3" if n_where else ""
        outputs = self.draw(st.permutations(outputs))
        return self.wrap(f"SELECT {', '.join(outputs)} FROM {inner.sql} AS {alias}{where}", names, inner.used, spare)

    def star_(self, need: int, depth: int) -> Piece:
        n_where = self.draw(st.integers(0, 1))
        inner = self.source(need + n_where, depth - 1)
        alias = self.fresh("s")
        where = f" WHERE {alias}.{inner.names[-1]} <> 0" if n_where else ""
        star = self.pick("*", f"{alias}.*")
        query = f"SELECT {star} FROM {inner.sql} AS {alias}{where}"
        return self.wrap(query, inner.names[:need], inner.used, inner.spare)

    def cte_(self, need: int, depth: int) -> Piece:
        inner = self.source(need, depth - 1)
        cte = self.fresh("w")
        self.ctes.append(f"{cte} AS (SELECT * FROM {inner.sql} AS {self.fresh('s')})")
        return Piece(cte, inner.names, inner.used, inner.spare)

    def union_(self, need: int, depth: int) -> Piece:
        parts, used, names = [], set(), []
        for branch in range(2):
            inner = self.source(need, depth - 1)
            alias = self.fresh("s")
            outs = [self.fresh("u") for _ in range(need)]
            listed = ", ".join(f"{alias}.{name} AS {out}" for name, out in zip(inner.names, outs, strict=True))
            parts.append(f"SELECT {listed} FROM {inner.sql} AS {alias}")
            used |= inner.used
            names = names or outs
            del branch
        return self.wrap(f" {self.pick('UNION ALL', 'UNION')} ".join(parts), names, used, [])

    def join_(self, need: int, depth: int) -> Piece:
        n_left = self.draw(st.integers(0, need))
        left, right = self.source(n_left + 1, depth - 1), self.source(need - n_left + 1, depth - 1)
        a, b = self.fresh("a"), self.fresh("b")
        kind = self.pick("JOIN", "LEFT JOIN", "FULL JOIN")
        wanted = [f"{a}.{name}" for name in left.names[1:]] + [f"{b}.{name}" for name in right.names[1:]]
        names = [self.fresh("o") for _ in wanted]
        outputs = [f"{told} AS {out}" for told, out in zip(wanted, names, strict=True)]
        spare = []
        if left.spare and self.draw(st.booleans()):
            spare = [self.fresh("j")]
            outputs.append(f"{a}.{left.spare[0]} AS {spare[0]}")
        on = f"{a}.{left.names[0]} = {b}.{right.names[0]}"
        query = f"SELECT {', '.join(outputs) or '1 AS one'} FROM {left.sql} AS {a} {kind} {right.sql} AS {b} ON {on}"
        return self.wrap(query, names, left.used | right.used, spare)

    def group_(self, need: int, depth: int) -> Piece:
        inner = self.source(need + 1, depth - 1)
        alias = self.fresh("s")
        key = inner.names[0]
        names = [self.fresh("o") for _ in range(need)]
        sums = [f"sum({alias}.{name}) AS {out}" for name, out in zip(inner.names[1:], names, strict=True)]
        query = f"SELECT {', '.join(sums) or 'count(*) AS n'} FROM {inner.sql} AS {alias} GROUP BY {alias}.{key}"
        return self.wrap(query, names, inner.used, [])

    def window_(self, need: int, depth: int) -> Piece:
        if need == 0:
            return self.base(need)
        inner = self.source(need + 2, depth - 1)
        alias = self.fresh("s")
        names = [self.fresh("o") for _ in range(need)]
        part, order, *rest = inner.names
        outputs = [f"row_number() OVER (PARTITION BY {part} ORDER BY {order}) AS {names[0]}"]
        outputs += [f"{alias}.{name} AS {out}" for name, out in zip(rest[1:], names[1:], strict=True)]
        outputs[0] = outputs[0].replace("row_number()", f"sum({rest[0]})")
        return self.wrap(f"SELECT {', '.join(outputs)} FROM {inner.sql} AS {alias}", names, inner.used, [])

    def exists_(self, need: int, depth: int) -> Piece:
        inner, other = self.source(need + 1, depth - 1), self.source(1, depth - 1)
        a, b = self.fresh("a"), self.fresh("b")
        what = self.pick("*", "1")
        query = (
            f"SELECT * FROM {inner.sql} AS {a} WHERE {self.pick('', 'NOT ')}EXISTS (SELECT {what} FROM {other.sql} "
            f"AS {b} WHERE {b}.{other.names[0]} = {a}.{inner.names[-1]})"
        )
        return self.wrap(query, inner.names[:need], inner.used | other.used, inner.spare)

    def in_(self, need: int, depth: int) -> Piece:
        inner, other = self.source(need + 1, depth - 1), self.source(1, depth - 1)
        a, b = self.fresh("a"), self.fresh("b")
        query = (
            f"SELECT * FROM {inner.sql} AS {a} WHERE {a}.{inner.names[-1]} IN (SELECT {other.names[0]} FROM "
            f"{other.sql} AS {b})"
        )
        return self.wrap(query, inner.names[:need], inner.used | other.used, inner.spare)


@st.composite
def cases(draw: Any, *, max_depth: int = 3) -> Case:
    """Draw a schema of up to four tables and a query on it."""
    n_tables = draw(st.integers(1, 4))
    # Names repeat between tables, as they do in life.
    pool = [f"c{i}" for i in range(16)]
    tables = {f"t{i}": draw(st.permutations(pool))[: draw(st.integers(12, 14))] for i in range(n_tables)}
    builder = Builder(draw, tables)
    need = draw(st.integers(1, 2))
    top = builder.source(need, draw(st.integers(0, max_depth)))
    alias = builder.fresh("s")
    form = builder.pick("columns", "count", "order", "distinct")
    listed = ", ".join(f"{alias}.{name}" for name in top.names)
    if form == "count":
        body = f"SELECT count(*) FROM {top.sql} AS {alias} WHERE {' AND '.join(f'{name} > 1' for name in top.names)}"
    elif form == "order":
        outs = top.names[1:] or ["1"]
        body = f"SELECT {', '.join(outs)} FROM {top.sql} AS {alias} ORDER BY {alias}.{top.names[0]}"
    else:
        body = f"SELECT {'DISTINCT ' if form == 'distinct' else ''}{listed} FROM {top.sql} AS {alias}"
    ctes = f"WITH {', '.join(builder.ctes)} " if builder.ctes else ""
    return Case(tables, ctes + body, top.used)
