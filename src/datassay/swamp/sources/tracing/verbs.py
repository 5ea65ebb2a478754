"""What the methods and functions of pandas, Polars, Spark and the model libraries do with columns."""

from __future__ import annotations

from datassay.results import UsageKind

#: Read a table from a path, besides all that begin with read_ or scan_.
READERS = frozenset({"parquet", "csv", "json", "orc", "ParquetFile", "load_dataset", "from_parquet", "from_csv"})
READER_PATHS = (
    "source",
    "path",
    "filepath_or_buffer",
    "filepath",
    "io",
    "path_or_paths",
    "path_or_buf",
    "paths",
    "file",
)
READER_COLUMNS = ("columns", "usecols", "with_columns")
#: Give back the path that they are given.
PATHS = frozenset(
    {
        "open",
        "Path",
        "PurePath",
        "PosixPath",
        "str",
        "fspath",
        "abspath",
        "realpath",
        "resolve",
        "expanduser",
        "absolute",
    }
    | {"as_posix", "UPath", "get_url"}
)
#: A table by its name in a database.
TABLES = frozenset({"table", "read_sql_table", "read_table", "read_delta", "toTable", "Table"})

KINDS: dict[str, UsageKind] = dict.fromkeys(
    ("filter", "where", "query", "drop_nulls", "dropna", "drop_nans", "remove", "isin", "filter_by"), "filtered"
)
KINDS |= dict.fromkeys(
    (
        "group_by", "groupby", "groupBy", "group_by_dynamic", "rolling", "partition_by", "partitionBy", "over", "pivot",
        "pivot_table", "crosstab", "unique", "drop_duplicates", "dropDuplicates", "distinct", "value_counts", "rollup",
        "cube", "nunique", "n_unique", "is_duplicated", "duplicated",
    ),
    "grouped",
)  # fmt: skip
KINDS |= dict.fromkeys(
    ("join", "merge", "join_asof", "merge_asof", "merge_ordered", "crossJoin", "join_where", "merge_sorted"), "joined"
)
JOINS = frozenset(name for name, kind in KINDS.items() if kind == "joined")

#: Learn from the tables they are given, or answer for them; what they return is no table of the dataset.
LEARNS = frozenset(
    {"fit", "partial_fit", "fit_predict", "predict", "predict_proba", "predict_log_proba", "decision_function", "score"}
    | {"cross_val_score", "cross_validate", "cross_val_predict", "learning_curve", "permutation_importance", "evaluate"}
    | {"train", "tune"}
)
#: The same, but what they return still holds the columns.
ENCODES = frozenset(
    {"fit_transform", "fit_resample", "transform", "Dataset", "DMatrix", "QuantileDMatrix", "Pool", "TabularDataset"}
    | {"TensorDataset", "from_tensor_slices", "as_tensor", "tensor"}
)
MODELS = LEARNS | ENCODES
#: Give back what they are given, in another form.
PASSES = frozenset(
    {"array", "asarray", "ascontiguousarray", "DataFrame", "LazyFrame", "from_pandas", "from_arrow", "from_dicts"}
    | {"from_numpy", "from_dict", "copy", "deepcopy", "concat", "hstack", "vstack", "column_stack", "stack", "append"}
    | {
        "shuffle",
        "resample",
        "get_dummies",
        "list",
        "tuple",
        "set",
        "dict",
        "sorted",
        "reversed",
        "iter",
        "collect_all",
    }
    | {
        "createDataFrame",
        "csr_matrix",
        "nan_to_num",
        "check_array",
        "check_X_y",
        "cast",
        "to_numeric",
        "Table",
        "batched",
    }
)
MATRICES = frozenset(
    {"to_numpy", "array", "asarray", "ascontiguousarray", "csr_matrix", "as_matrix", "to_jax", "to_torch"}
)
#: Look at a table as a whole and hand nothing on.
HARMLESS = frozenset(
    {"print", "pprint", "len", "display", "type", "isinstance", "id", "repr", "bool", "hash", "getsizeof", "info"}
    | {"debug", "warning", "error", "exception", "log", "critical", "hasattr", "callable", "issubclass", "range"}
    | {"split", "get_n_splits", "float", "int", "round"}
)
#: Write a table elsewhere: a copy is no use.
COPIES = ("to_csv", "to_parquet", "to_sql", "to_json", "to_excel", "to_feather", "to_pickle", "to_hdf", "to_clipboard",
          "to_markdown", "to_html", "to_latex", "to_string", "write_", "sink_", "save", "insertInto")  # fmt: skip
#: By method, whether it yields (index, row).
ROW_ITERATORS = {"iterrows": True, "itertuples": False, "iter_rows": False, "rows": False, "to_dicts": False}
PLAIN_ACCESSORS = frozenset({"loc", "at", "iloc", "iat", "ix"})
#: Attributes that are about a table and hold none of its cells.
SCALARS = frozenset(
    {"shape", "height", "width", "index", "dtypes", "size", "ndim", "empty", "name", "flags", "attrs", "estimated_size"}
)
#: Methods that hand the table to the function that they are given.
APPLIES = frozenset(
    {"pipe", "apply", "map", "applymap", "transform", "agg", "aggregate", "map_batches", "map_groups", "map_rows"}
    | {"map_partitions", "applyInPandas", "mapInPandas", "mapInArrow", "foreach", "foreachPartition"}
)
#: Make another list of the same things.
RELISTS = frozenset({"list", "set", "sorted", "tuple", "frozenset", "reversed"})
#: Methods that put what they are given into a list, set or dict.
COLLECTS = frozenset({"append", "add", "extend", "insert", "appendleft", "put", "update", "setdefault"})
SPLITS = frozenset({"train_test_split"})
EXECUTES = frozenset({"sql", "execute", "query", "read_sql", "read_sql_query", "read_database", "read_database_uri",
                      "sql_query", "text", "run", "executemany", "raw_query", "SQLContext"})  # fmt: skip
#: Begin like a reader of tables and read something else.
TEXT_READERS = ("read_text", "read_bytes", "read_file", "read_yaml", "read_toml", "read_config", "read_image")
#: Methods whose strings are names of columns, also on a table of unknown origin.
NAMING = frozenset(KINDS) | {
    "select",
    "sort",
    "sort_values",
    "orderBy",
    "agg",
    "with_columns",
    "set_index",
    "get_column",
}
