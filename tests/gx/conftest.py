"""Great Expectations warns at import, and takes the process's warnings for its log from then on: not in tests."""

import logging
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import datassay.gx  # noqa: F401
logging.captureWarnings(False)
