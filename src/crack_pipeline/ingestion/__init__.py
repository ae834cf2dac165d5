"""Ingestion: from the files of a source to the rows of the manifest, with a report."""
