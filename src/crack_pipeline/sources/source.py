"""What a module of this package says of its data source."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crack_pipeline.sources.listing import ListedImage


@dataclass(frozen=True, slots=True)
class Download:
    """One way to get the files of a source.

    Attributes:
        kind: ``http``: a file at a URL. ``mendeley``: a data set of Mendeley Data by its public
            file API. ``kaggle``: a data set of Kaggle.
        address: The URL; or ``<data set>/<version>`` of Mendeley Data; or ``<owner>/<data set>``
            of Kaggle.
        file_name: Name of the archive in the data set's raw folder.
        size_bytes: About how large the download is; None where nobody says.
        unpacked_bytes: About how large its content is; None where nobody says.
        sha256: Of the archive; None to record it at the first download and check it after.
    """

    kind: Literal["http", "mendeley", "kaggle"]
    address: str
    file_name: str
    size_bytes: int | None = None
    unpacked_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A data source: where it comes from, under which licence, and how its folders are read.

    Attributes:
        name: What users type as ``ingestion.source``.
        title: Its full name.
        list_photos: Folder → one entry a photo; raises ``LayoutError`` where the folder has
            another layout.
        layout: The folders and files that it expects, in a line or two, for messages.
        licence: Its licence, or what is known of it.
        citation: How to cite it; empty where there is nothing to cite.
        homepage: Where people get it; empty for one's own photos.
        downloads: Ways to fetch it, the preferred one first; empty where it has to be had by hand.
        has_crops: Its photos are crops of larger ones that may overlap: overlaps are searched.
        photo_id_pattern: Regular expression whose first group, matched against a file's stem,
            names the photo that it was cut from; None where stems say nothing.
    """

    name: str
    title: str
    list_photos: Callable[[Path], list[ListedImage]]
    layout: str
    licence: str
    citation: str = ""
    homepage: str = ""
    downloads: tuple[Download, ...] = ()
    has_crops: bool = False
    photo_id_pattern: str | None = None
