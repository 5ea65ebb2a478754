"""Great Expectations' SQLAlchemy engine: a table of a database, or the dataset loaded into one for the run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from datassay.datasets.reading import reading
from datassay.errors import DataError, EngineError, MeasureError, SpecError, suggest
from datassay.expectations.backends import Request
from datassay.expectations.engine import RawResult, compute, open_context, read_answer, shape_result
from datassay.expectations.handover import Handover, answer_all, prepare
from datassay.words import plural

if TYPE_CHECKING:
    import polars as pl
    import sqlalchemy as sa

    from datassay.spec import SqlSpec

#: Rows that one statement inserts.
_CHUNK_ROWS = 10_000
#: PostgreSQL cuts longer names off.
_LONGEST_NAME_BYTES = 63
#: DuckDB forgets a result when its connection goes back to the pool in a transaction, and Great Expectations reads
#: results after that.
_DUCKDB = {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None, "skip_autocommit_rollback": True}


@contextmanager
def open_sql(table: pl.LazyFrame, columns: list[str], n_rows: int, sql: SqlSpec | None = None) -> Iterator[SqlBackend]:
    """Yield the table in the database that the environment variable `sql.connection` names.

    Without `sql.table` the `columns` are loaded into a table of a name of its own, which is dropped afterwards; with
    it that table is checked, which must have as many rows as the dataset. Raises SpecError for a missing variable or
    table, DataError or MeasureError where data cannot be read, and EngineError where the database cannot be used.
    """
    import sqlalchemy as sa

    url = _read_url(sql)
    named = sql.table if sql else None
    known = table.collect_schema().names()
    handover = prepare(table, columns, _why_not)
    made: list[str] = []
    with _database(url) as engine:
        try:
            if named is None:
                place, names = (f"datassay_{uuid.uuid4().hex[:12]}_{part}" for part in ("data", "names"))
                made += [place, names]
                _load(engine, place, handover, n_rows)
                _create(engine, names, {name: sa.Text() for name in known if _why_not(name) is None})
            else:
                place = names = named
                handover = _check_table(engine, named, handover, n_rows)
            with open_context() as context:
                yield SqlBackend(context, url, {"data": place, "rows": place, "names": names}, handover, table)
        finally:
            _drop(engine, made)


class SqlBackend:
    """Tables of a database in an ephemeral context."""

    def __init__(
        self, context: Any, url: sa.URL, places: dict[str, str], handover: Handover, table: pl.LazyFrame
    ) -> None:
        """Make a source of tables in Great Expectations' context."""
        self.refused = handover.refused
        self.n_missing = handover.n_missing
        self._table = table
        sources = context.data_sources
        add = sources.add_sqlite if url.get_backend_name() == "sqlite" else sources.add_sql
        text = url.render_as_string(hide_password=False).replace("$", "\\$")
        options = {"kwargs": _DUCKDB} if url.get_backend_name() == "duckdb" else {}
        self._source = add("datassay", connection_string=text, create_temp_table=False, **options)
        self._definitions: dict[str, Any] = {}
        for frame, place in places.items():
            schema, _, name = place.rpartition(".")
            asset = self._source.add_table_asset(frame, table_name=name, schema_name=schema or None)
            self._definitions[frame] = asset.add_batch_definition_whole_table(frame)

    def validate(self, requests: list[Request], parameters: dict[str, Any]) -> list[RawResult]:
        """Evaluate all requests one by one."""
        try:
            return answer_all(requests, parameters, self._table, lambda request: self._ask(request, parameters))
        finally:
            # A connection that stays open would keep the table from being dropped.
            self._source.get_execution_engine().close()

    def measure(self, metrics: list[tuple[str, str, dict[str, Any]]]) -> list[Any]:
        """Compute metrics of columns of the data."""
        try:
            return compute(self._definitions["data"].get_batch(), metrics) if metrics else []
        finally:
            self._source.get_execution_engine().close()

    def _ask(self, request: Request, parameters: dict[str, Any]) -> RawResult:
        from great_expectations.validator.v1_validator import Validator

        try:
            validator = Validator(
                batch_definition=self._definitions[request.frame],
                batch_parameters=None,
                result_format=shape_result(request.n_samples),
            )
            return read_answer(validator.validate_expectation(request.expectation, parameters or None))
        except Exception as exc:  # noqa: BLE001 - any engine failure is this expectation's result, shown as unknown
            return RawResult(None, error=type(exc).__name__)


def _read_url(sql: SqlSpec | None) -> sa.URL:
    import sqlalchemy as sa

    variable = sql.connection if sql else None
    if variable is None:
        raise SpecError("engine: sql needs a database.", hint="Name the variable: 'sql: {connection: DATABASE_URL}'.")
    text = os.environ.get(variable)
    if not text:
        raise SpecError(
            f"The environment variable {variable!r} is not set.",
            hint="It holds the database's address as SQLAlchemy writes it, such as postgresql+psycopg2://user@host/db.",
        )
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as exc:
        raise SpecError(f"The environment variable {variable!r} holds no database address of SQLAlchemy's.") from exc
    if url.get_backend_name() in {"sqlite", "duckdb"} and url.database in {None, "", ":memory:"}:
        raise SpecError(f"{variable!r} names a database in memory, which nobody else sees.", hint="Name a file.")
    return url


@contextmanager
def _database(url: sa.URL) -> Iterator[sa.Engine]:
    import sqlalchemy as sa

    options: dict[str, Any] = _DUCKDB if url.get_backend_name() == "duckdb" else {}
    try:
        engine = sa.create_engine(url, **options)
    except (ImportError, sa.exc.SQLAlchemyError) as exc:
        raise EngineError(
            f"No driver for {url.get_backend_name()} databases could be loaded ({type(exc).__name__}).",
            hint="Install the one that the address names.",
        ) from exc
    try:
        yield engine
    except sa.exc.SQLAlchemyError as exc:
        # Its message may quote the address with its password, and cells.
        raise MeasureError(f"The database ({url.get_backend_name()}) failed: {type(exc).__name__}.") from exc
    finally:
        engine.dispose()


def _load(engine: sa.Engine, place: str, handover: Handover, n_rows: int) -> None:
    import polars as pl
    import sqlalchemy as sa

    # A day is its midnight here as on pandas: SQLite would compare it with a time as a text.
    table = handover.table.with_columns(pl.selectors.date().cast(pl.Datetime("us")))
    types = {name: _sql_type(dtype) for name, dtype in table.collect_schema().items()}
    # A suite about nothing but the number of rows still needs rows.
    target = _create(engine, place, types or {"row": sa.BigInteger()})
    with reading("The checked table"), engine.begin() as connection:
        if not types:
            connection.execute(sa.insert(target), [{"row": index} for index in range(n_rows)])
            return
        for start in range(0, n_rows, _CHUNK_ROWS):
            rows = table.slice(start, _CHUNK_ROWS).collect().to_dicts()
            connection.execute(sa.insert(target), rows)


def _create(engine: sa.Engine, place: str, types: dict[str, Any]) -> sa.Table:
    import sqlalchemy as sa

    # Quoted always: SQLAlchemy does not know every word that a database keeps for itself.
    columns = [sa.Column(sa.quoted_name(name, quote=True), type_) for name, type_ in types.items()]
    target = sa.Table(place, sa.MetaData(), *columns)
    target.create(engine)
    return target


def _drop(engine: sa.Engine, made: list[str]) -> None:
    import sqlalchemy as sa

    for place in made:
        sa.Table(place, sa.MetaData()).drop(engine, checkfirst=True)


def _check_table(engine: sa.Engine, named: str, handover: Handover, n_rows: int) -> Handover:
    import sqlalchemy as sa

    schema, _, name = named.rpartition(".")
    inspector = sa.inspect(engine)
    if not inspector.has_table(name, schema=schema or None):
        tables = inspector.get_table_names(schema=schema or None)
        raise SpecError(f"The database has no table {named!r}.", hint=suggest(name, tables))
    there = {column["name"] for column in inspector.get_columns(name, schema=schema or None)}
    with engine.connect() as connection:
        target = sa.table(name, schema=schema or None)
        count = connection.execute(sa.select(sa.func.count()).select_from(target)).scalar_one()
    if count != n_rows:
        raise DataError(
            f"The table {named!r} has {plural(count, 'row')}, the dataset at this rev {n_rows:,}: they are not the "
            "same data.",
            hint="Load this rev into the table, or leave 'sql.table' out to have it loaded for the run.",
        )
    missing = {
        column: "a column that the database's table has not" for column in handover.schema if column not in there
    }
    return Handover(handover.table, handover.schema, handover.n_missing, handover.refused | missing)


def _sql_type(dtype: pl.DataType) -> Any:
    import polars as pl
    import sqlalchemy as sa

    if dtype.is_integer():
        return sa.BigInteger()
    if dtype.is_float():
        return sa.Double()
    if isinstance(dtype, pl.Decimal):
        return sa.Numeric(dtype.precision or 38, dtype.scale)
    if isinstance(dtype, pl.Datetime):
        return sa.DateTime(timezone=dtype.time_zone is not None)
    return sa.Boolean() if isinstance(dtype, pl.Boolean) else sa.Text()


def _why_not(name: str) -> str | None:
    if not name:
        return "an empty name"
    return "a name that databases cut off" if len(name.encode()) > _LONGEST_NAME_BYTES else None
