"""Sources and downloads for tests, of the real classes."""

from typing import Any

from crack_pipeline.data_source import Download, Source


def offer_http(url: str, file_name: str = "photos.zip", **options: Any) -> Download:
    """A file at a URL."""
    return Download(kind="http", address=url, file_name=file_name, **options)


def make_source(*downloads: Download) -> Source:
    """A source of the layout that ``archives.make_files`` has."""
    return Source(
        name="patches",
        title="Patches of concrete",
        list_photos=lambda folder: [],
        layout="Positive/ and Negative/",
        licence="CC BY 4.0",
        citation="Somebody (2018), doi:10.0/patches",
        homepage="https://example.org/patches",
        downloads=downloads,
    )
