"""The ``ingest`` pipeline: a source's files become the manifest."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.ingest.nodes import (
    check_images,
    fetch_source,
    group_images,
    list_images,
    report_ingestion,
    show_manifest,
    split_images,
    write_manifest,
)
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``params:ingestion`` to ``manifest``, report and sheet."""
    nodes = [
        make_node(fetch_source, "photo_folder"),
        make_node(list_images, "listed_images"),
        make_node(check_images, "checked_images", "thumbnails"),
        make_node(group_images, "grouped_images", "photo_links"),
        make_node(split_images, "divided_images"),
        make_node(report_ingestion, "ingestion_report", "mask_repairs", "reported_images"),
        make_node(write_manifest, "manifest"),
        make_node(show_manifest, "manifest_sheet"),
    ]
    return Pipeline(nodes, tags="ingest")
