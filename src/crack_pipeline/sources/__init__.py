"""Data sources: one module each, which turns its folders into listed photos."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from crack_pipeline.errors import ParameterError, SourceError
from crack_pipeline.sources.class_folders import list_class_folders
from crack_pipeline.sources.listing import ListedImage
from crack_pipeline.sources.paired_folders import list_paired_folders
from crack_pipeline.sources.source import Source
from crack_pipeline.sources.synthetic import (
    FINISHED_MARKER,
    SAMPLE,
    TABLE,
    UNFINISHED_MARKER,
    SampleSettings,
    draw_sample,
)
from crack_pipeline.suggestions import suggest_name

_OWN = "your own photos: nothing is known of a licence"

SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        SAMPLE,
        Source(
            name="class_folders",
            title="Photos in one folder a class",
            list_photos=list_class_folders,
            layout="Positive/ and Negative/",
            licence=_OWN,
        ),
        Source(
            name="paired_folders",
            title="Photos and masks in folders side by side",
            list_photos=list_paired_folders,
            layout="train_img/, train_lab/, test_img/ and test_lab/",
            licence=_OWN,
        ),
    )
}
"""Name of a source → where it comes from and what lists the photos of its folder."""

_NAMES_IN_SAMPLE = {"images", "masks", "truth", TABLE, FINISHED_MARKER, UNFINISHED_MARKER}


def fetch_photos(source: str, folder: Path, *, sample: SampleSettings, n_jobs: int = -1) -> Path:
    """Make sure that a source's photos lie in a folder.

    Args:
        source: A name in ``SOURCES``.
        folder: Where they lie, or where the sample is drawn.
        sample: What to draw for the ``synthetic`` source.
        n_jobs: Processes that draw; -1 for one a core.

    Returns:
        The folder, absolute.

    Raises:
        ParameterError: If the source is unknown.
        SourceError: If the folder is missing or is a file, or the sample would be drawn among
            other files.
        StorageError: If the sample cannot be written.
    """
    _require_known(source)
    if source == "synthetic":
        _require_own_folder(folder)
        draw_sample(folder, sample, n_jobs=n_jobs)
    if not folder.is_dir():
        raise SourceError(
            f"The source {source} reads photos from a folder.",
            received=f"{folder}, which {'is a file' if folder.exists() else 'does not exist'}",
            remedy="Name the folder with --params=ingestion.path=/where/it/is.",
        )
    return folder.resolve()


def list_photos(
    source: str, folder: Path, *, photo_id_pattern: str | None = None
) -> list[ListedImage]:
    """List what a source's folder holds.

    Args:
        source: A name in ``SOURCES``.
        folder: The source's folder.
        photo_id_pattern: Regular expression whose first group, matched against the stem of a file,
            names the photo that it was cut from; None for the source's own, "" for none.

    Returns:
        One entry a file, by ascending id.

    Raises:
        ParameterError: If the source is unknown.
        LayoutError: If the folder does not have the source's layout.
        SourceError: If it holds no photo.
    """
    _require_known(source)
    listed = SOURCES[source].list_photos(folder)
    if not listed:
        raise SourceError(
            "A data source needs at least one photo.",
            received=f"no file in the folders of {folder}",
            remedy="Correct `ingestion.path`, or copy the photos there.",
        )
    pattern = SOURCES[source].photo_id_pattern if photo_id_pattern is None else photo_id_pattern
    if pattern:
        listed = [_name_photo(photo, re.compile(pattern)) for photo in listed]
    return sorted(listed, key=lambda photo: photo.image_id)


def _name_photo(photo: ListedImage, pattern: re.Pattern[str]) -> ListedImage:
    match = pattern.match(photo.image_path.stem)
    if photo.photo_id is not None or match is None:
        return photo
    return replace(photo, photo_id=match.group(1))


def _require_own_folder(folder: Path) -> None:
    """Refuse to draw the sample into a folder of somebody's photos."""
    if not folder.is_dir():
        return
    foreign = sorted(
        child.name
        for child in folder.iterdir()
        if child.name not in _NAMES_IN_SAMPLE and not child.name.startswith(".")
    )
    if foreign:
        raise SourceError(
            "The source synthetic draws its photos into a folder of its own.",
            received=f"{folder} with {', '.join(foreign[:4])}{', …' if len(foreign) > 4 else ''}",
            remedy="Name the layout of your photos with --params=ingestion.source=…, or choose "
            "the data set's environment, such as --env=metu.",
        )


def _require_known(source: str) -> None:
    if source not in SOURCES:
        raise ParameterError(
            "`ingestion.source` must name a layout that is known.",
            received=repr(source),
            remedy=suggest_name(source, SOURCES),
        )
