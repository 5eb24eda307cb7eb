"""The road as verbs: each runs in one transaction, as the only writer, and leaves a row in ``ops.run``.

A verb that fails or is killed leaves everything as it was: the last release is served on, and the verb can be run
again.
"""

from atlante.pipeline.building import BuildResult, build, build_all, build_periods
from atlante.pipeline.status import Status, has_real_extract, read_status
from atlante.pipeline.verbs import (
    IngestResult,
    Intake,
    ingest,
    load_territories,
    make_release,
    write_business_extract,
    write_synthetic_extract,
)

__all__ = [
    "BuildResult",
    "IngestResult",
    "Intake",
    "Status",
    "build",
    "build_all",
    "build_periods",
    "has_real_extract",
    "ingest",
    "load_territories",
    "make_release",
    "read_status",
    "write_business_extract",
    "write_synthetic_extract",
]
