"""The ``ingest`` pipeline: a source's files become the manifest."""

from kedro.pipeline import Node, Pipeline

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


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``params:ingestion`` to ``manifest``, report and sheet."""
    return Pipeline(
        [
            Node(
                fetch_source,
                inputs="params:ingestion",
                outputs="photo_folder",
                name="fetch_source",
            ),
            Node(
                list_images,
                inputs=["photo_folder", "params:ingestion"],
                outputs="listed_images",
                name="list_images",
            ),
            Node(
                check_images,
                inputs=["listed_images", "params:ingestion"],
                outputs=["checked_images", "thumbnails"],
                name="check_images",
            ),
            Node(
                group_images,
                inputs=["checked_images", "thumbnails", "params:ingestion"],
                outputs=["grouped_images", "photo_links"],
                name="group_images",
            ),
            Node(
                split_images,
                inputs=["grouped_images", "photo_links", "params:ingestion"],
                outputs="divided_images",
                name="split_images",
            ),
            Node(
                report_ingestion,
                inputs=[
                    "divided_images",
                    "photo_links",
                    "photo_folder",
                    "params:ingestion",
                    "params:dataset",
                ],
                outputs=["ingestion_report", "mask_repairs", "reported_images"],
                name="report_ingestion",
            ),
            Node(
                write_manifest,
                inputs=["reported_images", "params:ingestion"],
                outputs="manifest",
                name="write_manifest",
            ),
            Node(
                show_manifest,
                inputs=["manifest", "divided_images", "params:ingestion", "params:dataset"],
                outputs="manifest_sheet",
                name="show_manifest",
            ),
        ],
        tags="ingest",
    )
