"""The ``report`` stage."""

from crack_pipeline.pipelines.report.pipeline import create_pipeline, make_report_node

__all__ = ["create_pipeline", "make_report_node"]
