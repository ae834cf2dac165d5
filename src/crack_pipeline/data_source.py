"""Description of a data source: files, licence, citation, places to download."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from crack_pipeline.types import MaskFormat, Split


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One photo that a source lists.

    Attributes:
        image_id: Unique within the source; the photo's stem, with its folder where stems repeat.
        image_path: The untouched photo.
        mask_path: The file that holds its mask, or None.
        mask_format: How that file stores it.
        annotation: What is needed to read the file besides its bytes, as JSON: for ``coco`` the
            photo's size and outlines, ``{"size": [h, w], "segmentations": […]}``; for ``yolo``
            which classes are crack, ``{"crack": […], "other": […]}``; empty otherwise.
        label: 1 is crack, 0 is none, None is unknown (masks decide then).
        split: The official split, where the source has one.
        photo_id: The photo that this one was cut from; None where the source does not say.
        surface: What the photo shows, where the source says so: "bridge deck", "wall", ….
        reason: Why the photo cannot be used ("no mask with its stem"); empty where it can.
        noted: What the source read otherwise than it stands there, separated by ";".
    """

    image_id: str
    image_path: Path
    mask_path: Path | None = None
    label: int | None = None
    split: Split | None = None
    photo_id: str | None = None
    reason: str = ""
    mask_format: MaskFormat = "image"
    annotation: str = ""
    surface: str | None = None
    noted: str = ""


@dataclass(frozen=True, slots=True)
class SplitList:
    """A list of the photos of one split.

    Attributes:
        split: The split.
        path: The file that holds it.
        lines: Each of them names a photo.
    """

    split: Split
    path: Path
    lines: tuple[str, ...]


class PhotoFacts(TypedDict, total=False):
    """Facts that hold for all photos of a folder: the fields of ``ListedImage`` of these names."""

    label: int | None
    split: Split | None
    surface: str | None
    noted: str
    mask_format: MaskFormat
    annotation: str


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
        obeys_lists: Its photos are listed in the splits that lists name; of other sources, lists
            are looked for afterwards.
        is_composite: Its cracks were drawn onto photos of real surfaces.
        find_coverage: Mask → file of the exact share of each pixel that cracks cover, in levels of
            255, or None of a mask that has none; None where the source knows no shares.
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
    obeys_lists: bool = False
    is_composite: bool = False
    find_coverage: Callable[[Path], Path | None] | None = None
