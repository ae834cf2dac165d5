"""Data sources: each says where its photos come from and how their folders are read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from crack_pipeline.data_source import ListedImage, Source
from crack_pipeline.downloads.photos import DOWNLOADS, UNPACKED, ensure_photos
from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.errors import LayoutError, ParameterError, SourceError
from crack_pipeline.sources import (
    class_folders,
    coco,
    crack500,
    crackseg,
    paired_folders,
    sdnet2018,
    starter,
    synthetic,
)
from crack_pipeline.sources import folder as own_photos
from crack_pipeline.sources.drawing.folder import UNFINISHED_MARKER
from crack_pipeline.sources.folder import list_own_photos
from crack_pipeline.sources.split_lists import obey_split_lists
from crack_pipeline.wording.suggestions import suggest_name

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        source.name: source
        for source in (
            synthetic.SOURCE,
            class_folders.METU,
            class_folders.CONCRETE_MASKS,
            crackseg.SOURCE,
            paired_folders.DEEPCRACK,
            paired_folders.CRACKFOREST,
            crack500.SOURCE,
            sdnet2018.SOURCE,
            starter.SOURCE,
            coco.SOURCE,
            own_photos.SOURCE,
            class_folders.SOURCE,
            paired_folders.SOURCE,
        )
    }
)
"""Name of a source → where it comes from and what lists the photos of its folder."""

_NAMES_IN_SAMPLE = {
    *("images", "masks", "truth", DOWNLOADS, UNPACKED),
    *(synthetic.TABLE, synthetic.FINISHED_MARKER, UNFINISHED_MARKER),
}


def fetch_photos(
    source: str,
    path: Path | None,
    raw_folder: Path,
    *,
    sample: synthetic.SampleSettings,
    starting: starter.StarterSettings,
    download: DownloadSettings,
    n_jobs: int = -1,
) -> Path:
    """Make sure that a source's photos lie in a folder: draw, unpack or fetch what is not there.

    Args:
        source: A name in ``SOURCES``.
        path: The user's folder or archive; None for what lies in the raw folder.
        raw_folder: Where the data set lies in the project.
        sample: What to draw for the ``synthetic`` source.
        starting: What to draw for the ``starter``, whose ``path`` is METU's.
        download: Where to fetch from, and what an archive may hold.
        n_jobs: Processes that draw; -1 for one a core.

    Returns:
        The folder, absolute.

    Raises:
        ParameterError: If the source is unknown.
        SourceError: If there are no photos and none can be had, or the sample would be drawn among
            other files.
        StorageError: If the disk is too small or does not take it.
    """
    if find_source(source) is starter.SOURCE:
        metu = ensure_photos(class_folders.METU, path, raw_folder.parent / "metu", download)
        starter.draw_starter(raw_folder, metu, starting, n_jobs=n_jobs)
        return raw_folder.resolve()
    if find_source(source) is not synthetic.SOURCE:
        return ensure_photos(SOURCES[source], path, raw_folder, download)
    _require_own_folder(raw_folder)
    synthetic.draw_sample(raw_folder, sample, n_jobs=n_jobs)
    return raw_folder.resolve()


def list_photos(
    source: str,
    folder: Path,
    *,
    photo_id_pattern: str | None = None,
    labels_csv: Path | None = None,
) -> list[ListedImage]:
    """List what a source's folder holds, in the splits that folders or lists name.

    Args:
        source: A name in ``SOURCES``.
        folder: The source's folder.
        photo_id_pattern: Regular expression whose first group, matched against the stem of a file,
            names the photo that it was cut from; None for the source's own, "" for none.
        labels_csv: Labels of one's own photos; None for ``labels.csv`` in their folder.

    Returns:
        One entry a file, by ascending id.

    Raises:
        ParameterError: If the source is unknown, or has labels of its own.
        LayoutError: If the folder does not have the source's layout, lists of a split contradict
            each other, or two files would have one id.
        SourceError: If it holds no photo, or the list of a split cannot be read.
    """
    known = find_source(source)
    if labels_csv is None:
        listed = known.list_photos(folder)
    else:
        if known is not own_photos.SOURCE:
            raise ParameterError(
                "`ingestion.labels` names the labels of one's own photos.",
                received=f"ingestion.labels with ingestion.source={source}, which brings its own",
                remedy="Leave it out, or read the photos with ingestion.source=folder.",
            )
        listed = list_own_photos(folder, labels_csv)
    if not listed:
        raise SourceError(
            "A data source needs at least one photo.",
            received=f"no file in the folders of {folder}",
            remedy=f"Correct `ingestion.path`, or copy the photos there: {known.name} holds "
            f"{known.layout}.",
        )
    if not known.obeys_lists:
        listed = obey_split_lists(listed, folder, labels_csv=labels_csv)
    _require_unique(listed)
    pattern = known.photo_id_pattern if photo_id_pattern is None else photo_id_pattern
    if pattern:
        listed = [_name_photo(photo, re.compile(pattern)) for photo in listed]
    return sorted(listed, key=lambda photo: photo.image_id)


def find_source(name: str) -> Source:
    """Look up a source.

    Args:
        name: What the user typed.

    Returns:
        The source.

    Raises:
        ParameterError: If there is no such source; names the nearest.
    """
    if name not in SOURCES:
        raise ParameterError(
            "`ingestion.source` must name a source that is known.",
            received=repr(name),
            remedy=suggest_name(name, SOURCES),
        )
    return SOURCES[name]


def _require_unique(listed: Iterable[ListedImage]) -> None:
    first: dict[str, Path] = {}
    for photo in listed:
        path = photo.image_path
        if photo.image_id in first:
            other = first[photo.image_id]
            where = f"{other.parent} and {path.parent}" if other != path else f"{path.parent} twice"
            raise LayoutError(
                "Each photo of a data set needs a name of its own, with its folder.",
                received=f"{photo.image_id} in {where}",
                remedy="Rename one of the two, or name one of the folders with "
                "--params=ingestion.path=/where/it/is.",
            )
        first[photo.image_id] = path


def _name_photo(photo: ListedImage, pattern: re.Pattern[str]) -> ListedImage:
    match = pattern.match(photo.image_path.stem)
    if photo.photo_id is not None or match is None:
        return photo
    return replace(photo, photo_id=match.group(1))


def _require_own_folder(raw_folder: Path) -> None:
    """Refuse to draw the sample into a folder of somebody's photos."""
    if not raw_folder.is_dir():
        return
    foreign = sorted(
        child.name
        for child in raw_folder.iterdir()
        if child.name not in _NAMES_IN_SAMPLE and not child.name.startswith(".")
    )
    if foreign:
        raise SourceError(
            "The source synthetic draws its photos into a folder of its own.",
            received=f"{raw_folder} with {', '.join(foreign[:4])}{', …' if foreign[4:] else ''}",
            remedy="Name what your photos are with --params=ingestion.source=…, or choose "
            "the data set's environment, such as --env=metu.",
        )
