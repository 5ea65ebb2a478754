"""What the methods and functions of pandas, Polars, Spark and the model libraries do with columns."""

from __future__ import annotations

from datassay.results import UsageKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Read a table from a path, besides all that begin with read_ or scan_.
READERS = _words("parquet csv json orc ParquetFile load_dataset from_parquet from_csv DictReader")
#: Take a path and read no cell of its table.
PATH_ONLY = _words(
    """exists isfile is_file isdir remove unlink rename move copyfile copy2 makedirs mkdir add_argument getenv get
    environ urlretrieve download basename dirname split splitext Option Argument option argument glob iglob endswith
    startswith getsize stat system run check_call call Popen append format replace strip dict list set items"""
)
#: Read the bytes of a file.
RAW_READS = _words("read readlines readline read_text read_bytes splitlines loads load reader loadtxt genfromtxt")
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
#: Group rows until an aggregation.
GROUPERS = _words("group_by groupby groupBy group_by_dynamic rollup cube")
GROUPS = GROUPERS | _words(
    """rolling partition_by partitionBy over pivot pivot_table crosstab unique drop_duplicates dropDuplicates distinct
    value_counts nunique n_unique is_duplicated duplicated"""
)
ORDERS = _words("sort sort_values orderBy order_by sort_by nlargest nsmallest top_k bottom_k sortWithinPartitions")
JOINS = _words("join merge join_asof merge_asof merge_ordered crossJoin join_where merge_sorted")
#: By method, how it uses the columns that it is given; all others project.
KINDS: dict[str, UsageKind] = {
    **dict.fromkeys(_FILTERS, "filtered"),
    **dict.fromkeys(GROUPS, "grouped"),
    **dict.fromkeys(JOINS, "joined"),
    **dict.fromkeys(ORDERS, "ordered"),
    "agg": "aggregated",
    "aggregate": "aggregated",
}
#: Methods whose arguments are names of columns or expressions on them.
NAMING = frozenset(KINDS) | _words(
    """select with_columns assign set_index explode withColumn selectExpr eval melt unpivot"""
)

#: Learn from the tables they are given, or answer for them; what they return is no table of the dataset.
LEARNS = _words(
    """fit partial_fit fit_predict predict predict_proba predict_log_proba decision_function score cross_val_score
    cross_validate cross_val_predict learning_curve validation_curve permutation_importance evaluate train tune
    train_on_batch test_on_batch fit_generator shap_values explain_instance plot_importance staged_predict apply_model
    accuracy_score roc_auc_score f1_score precision_score recall_score log_loss mean_squared_error mean_absolute_error
    r2_score confusion_matrix classification_report roc_curve precision_recall_curve auc mean_squared_log_error
    average_precision_score balanced_accuracy_score cohen_kappa_score matthews_corrcoef cv OLS Logit GLM MNLogit WLS
    Probit KFold chi2 f_classif f_regression mutual_info_classif mutual_info_regression pairwise_distances"""
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
    """array asarray ascontiguousarray DataFrame LazyFrame from_pandas from_arrow from_dicts from_numpy from_dict
    copy deepcopy concat hstack vstack column_stack stack append shuffle resample get_dummies list tuple set
    dict sorted reversed iter collect_all createDataFrame csr_matrix nan_to_num check_array check_X_y cast
    to_numeric Table concatenate delete expand_dims reshape squeeze add_constant log log1p log10 log2 exp expm1
    sqrt abs absolute sin cos isnan clip round power square sign where float32 float64 asfarray vectorize
    minimum maximum percentile quantile nanpercentile row_stack dstack c_ to_categorical get_dummy scale
    normalize robust_scale minmax_scale sequence"""
)
MATRICES = _words("to_numpy array asarray ascontiguousarray csr_matrix as_matrix to_jax to_torch")
#: Give back the same columns.
SAME = _words(
    """head tail limit sample copy clone lazy collect sort sort_values sort_index filter query where fillna fill_null
    fill_nan ffill bfill interpolate astype cast drop_nulls dropna drop_nans unique drop_duplicates distinct slice cache
    persist compute reverse shuffle to_pandas to_polars isin round clip rechunk remove replace infer_objects
    convert_dtypes"""
)
#: Fill gaps.
FILLS = _words("fillna fill_null fill_nan replace")
#: Make one truth value of each row.
TESTS = _words(
    """isin is_in between duplicated contains startswith endswith isnull notnull isna notna eq ne gt lt ge le match
    str_contains logical_and logical_or logical_not"""
)
#: Give the table in pieces, each with all columns.
PIECES = _words("partition_by iter_slices to_batches iter_batches collect_batches partitions")
#: Go through all columns.
THROUGH = _words("items iteritems iter_columns get_columns corr cov")
#: Keep the columns of a result, so that what is picked of it is what was picked before it.
RELAYS = _words(
    "reset_index round sort_values sort_index head tail rename_axis fillna copy to_frame transpose nlargest"
)
#: Make one number of each column.
AGGREGATES = _words(
    """mean sum median min max std var sem prod quantile first last agg aggregate apply describe nunique mode skew corr
    cov any all avg"""
)
#: Tell about a table, or about each column of it, and hand no cell on.
OVERVIEWS = _words(
    """isnull isna notnull notna is_null is_not_null describe nunique n_unique null_count memory_usage count info
    glimpse duplicated is_duplicated approx_n_unique summary value_counts unique dtypes printSchema"""
)
#: Draw a table.
PLOT_METHODS = _words("plot hist boxplot hvplot plot_bokeh scatter")
PLOTS = _words(
    """barplot boxplot violinplot stripplot swarmplot pointplot countplot catplot factorplot scatterplot lineplot
    relplot distplot histplot kdeplot ecdfplot rugplot displot regplot lmplot residplot heatmap clustermap
    jointplot pairplot FacetGrid PairGrid JointGrid boxenplot tsplot scatter scatter_matrix line bar barh
    histogram box violin pie sunburst treemap density_heatmap density_contour area funnel choropleth scatter_3d
    line_3d scatter_geo scatter_mapbox scatter_polar line_polar parallel_coordinates parallel_categories
    timeline strip imshow icicle ecdf line_mapbox choropleth_mapbox Chart ggplot plot hist boxplot bar_chart
    line_chart area_chart scatter_chart andrews_curves radviz lag_plot autocorrelation_plot hist2d hexbin
    stackplot fill_between Scatter Bars Points plot_date"""
)
#: Arguments of a plot that name columns.
DIMENSIONS = _words(
    """x y z hue col row size style color colour fill shape vars x_vars y_vars column by values names path parents
    facet_row facet_col hover_name hover_data animation_frame animation_group symbol text weights dimensions lat lon
    locations theta r tooltip detail columns error_x error_y line_group pattern_shape"""
)
#: Arguments of a plot that are words of their own.
CAPTIONS = _words(
    """title labels label xlabel ylabel palette template color_discrete_map color_discrete_sequence order hue_order
    col_order row_order marker kind estimator ax figsize legend cmap style_order size_order fmt orient"""
)
#: Modules that draw or print an overview of a table.
OVERVIEW_MODULES = _words("msno missingno sv sweetviz dtale")
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
    critical hasattr callable issubclass range split get_n_splits float int round ProfileReport profile_report tabulate
    assert_frame_equal display_html skim"""
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
SCALARS = _words(
    "shape height width index dtypes size ndim empty name flags attrs estimated_size dtype groups indices ngroups"
)
#: Methods that hand the table to the function that they are given.
APPLIES = _words(
    """pipe apply map applymap transform agg aggregate map_batches map_groups map_rows map_partitions applyInPandas
    mapInPandas mapInArrow foreach foreachPartition"""
)
#: Methods that put what they are given into a list, set or dict.
COLLECTS = _words("append add extend insert appendleft put update setdefault")
#: Methods that take something out of a list.
REMOVES = _words("remove pop clear discard difference_update popleft")
