"""What the methods and functions of pandas, Polars, Spark and the model libraries do with columns."""

from __future__ import annotations

from datassay.results import UsageKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Read a table from a path, besides all that begin with read_ or scan_.
READERS = _words("parquet csv json orc ParquetFile load_dataset from_parquet from_csv")
READER_PATHS = (
    "source", "path", "filepath_or_buffer", "filepath", "io", "path_or_paths", "path_or_buf", "file", "data_files",
)  # fmt: skip
READER_COLUMNS = ("columns", "usecols", "with_columns")
#: Begin like a reader of tables and read something else.
TEXT_READERS = ("read_text", "read_bytes", "read_file", "read_yaml", "read_toml", "read_config", "read_image")
#: A table by its name in a database.
TABLES = _words("table read_sql_table read_table read_delta toTable Table")
#: Give back the path that they are given.
PATHS = _words(
    "open Path PurePath PosixPath UPath str fspath abspath realpath resolve expanduser absolute as_posix get_url"
)

_FILTERS = _words("filter where query drop_nulls dropna drop_nans remove isin")
GROUPS = _words(
    """group_by groupby groupBy group_by_dynamic rolling partition_by partitionBy over pivot pivot_table crosstab unique
    drop_duplicates dropDuplicates distinct value_counts rollup cube nunique n_unique is_duplicated duplicated"""
)
JOINS = _words("join merge join_asof merge_asof merge_ordered crossJoin join_where merge_sorted")
#: By method, how it uses the columns that it is given; all others project.
KINDS: dict[str, UsageKind] = {
    **dict.fromkeys(_FILTERS, "filtered"),
    **dict.fromkeys(GROUPS, "grouped"),
    **dict.fromkeys(JOINS, "joined"),
}
#: Methods whose arguments are names of columns or expressions on them.
NAMING = frozenset(KINDS) | _words(
    """select sort sort_values orderBy agg aggregate with_columns assign set_index explode nlargest nsmallest top_k
    bottom_k withColumn selectExpr eval"""
)

#: Learn from the tables they are given, or answer for them; what they return is no table of the dataset.
LEARNS = _words(
    """fit partial_fit fit_predict predict predict_proba predict_log_proba decision_function score cross_val_score
    cross_validate cross_val_predict learning_curve permutation_importance evaluate train tune"""
)
#: The same, but what they return still holds the columns.
ENCODES = _words(
    """fit_transform fit_resample transform Dataset DMatrix QuantileDMatrix Pool TabularDataset TensorDataset
    from_tensor_slices as_tensor tensor"""
)
MODELS = LEARNS | ENCODES
SPLITS = _words("train_test_split")

#: Give back what they are given, in another form.
PASSES = _words(
    """array asarray ascontiguousarray DataFrame LazyFrame from_pandas from_arrow from_dicts from_numpy from_dict copy
    deepcopy concat hstack vstack column_stack stack append shuffle resample get_dummies list tuple set dict sorted
    reversed iter collect_all createDataFrame csr_matrix nan_to_num check_array check_X_y cast to_numeric Table"""
)
MATRICES = _words("to_numpy array asarray ascontiguousarray csr_matrix as_matrix to_jax to_torch")
#: Give back the same columns.
SAME = _words(
    """head tail limit sample copy clone lazy collect sort sort_values sort_index filter query where fillna fill_null
    fill_nan ffill bfill interpolate astype cast drop_nulls dropna drop_nans unique drop_duplicates distinct slice cache
    persist compute reverse shuffle to_pandas to_polars isin round clip rechunk remove replace infer_objects
    convert_dtypes"""
)
#: Give the table in pieces, each with all columns.
PIECES = _words("partition_by iter_slices to_batches iter_batches collect_batches partitions")
#: Go through all columns.
THROUGH = _words("items iteritems iter_columns get_columns corr cov")
#: Make one number of each column.
AGGREGATES = _words(
    """mean sum median min max std var sem prod quantile first last agg aggregate apply describe nunique mode skew corr
    cov any all avg"""
)
#: Give the table a name for queries.
VIEWS = _words("createOrReplaceTempView createTempView registerTempTable createOrReplaceGlobalTempView create_view")
REGISTERS = _words("register SQLContext register_many")
#: Modules whose functions make expressions of columns that are named by strings.
COLUMN_MODULES = _words("pl polars F f fn functions sf nw narwhals psf pyspark.sql.functions")
#: Functions of those modules whose strings are values.
VALUE_FUNCTIONS = _words("lit date datetime duration time when expr element len format regexp_replace udf to_date")
#: Methods that give another list of the same names.
NAME_LISTS = _words("tolist to_list copy values unique sort_values keys names to_numpy to_series")
#: Make another list of the same things.
RELISTS = _words("list set sorted tuple frozenset reversed")
#: Look at a table as a whole and hand nothing on.
HARMLESS = _words(
    """print pprint len display type isinstance id repr bool hash getsizeof info debug warning error exception log
    critical hasattr callable issubclass range split get_n_splits float int round"""
)
#: Write a table elsewhere: a copy is no use.
COPIES = (
    "to_csv", "to_parquet", "to_sql", "to_json", "to_excel", "to_feather", "to_pickle", "to_hdf", "to_clipboard",
    "to_markdown", "to_html", "to_latex", "to_string", "write_", "sink_", "save", "insertInto",
)  # fmt: skip
#: By method, whether it yields (index, row).
ROW_ITERATORS = {
    "iterrows": True, "itertuples": False, "iter_rows": False, "rows": False, "to_dicts": False, "to_dict": False,
    "toLocalIterator": False, "to_records": False,
}  # fmt: skip
PLAIN_ACCESSORS = _words("loc at iloc iat ix")
#: Attributes that are about a table and hold none of its cells.
SCALARS = _words("shape height width index dtypes size ndim empty name flags attrs estimated_size")
#: Methods that hand the table to the function that they are given.
APPLIES = _words(
    """pipe apply map applymap transform agg aggregate map_batches map_groups map_rows map_partitions applyInPandas
    mapInPandas mapInArrow foreach foreachPartition"""
)
#: Methods that put what they are given into a list, set or dict.
COLLECTS = _words("append add extend insert appendleft put update setdefault")
#: Methods that take something out of a list.
REMOVES = _words("remove pop clear discard difference_update popleft")
