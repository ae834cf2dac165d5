"""Any data set with COCO instance annotations: polygons or run lengths in JSON files.

All JSON files below the folder that list images, annotations and categories are read, once each:
``annotations/instances_train.json`` with ``images``, Roboflow's ``train/_annotations.coco.json``
beside the photos, or one file. The split is named by the file or by its folder. A photo is found by
its ``file_name``, or by the last part of it where that is clear. A photo without annotations has no
crack, unless a file holds annotations whose photo nobody knows.

Source:
    https://cocodataset.org/#format-data
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crack_pipeline.data_source import ListedImage, Source
from crack_pipeline.errors import LayoutError, MaskError
from crack_pipeline.masks.coco import describe_segmentations
from crack_pipeline.masks.outlines import OTHER_CLASSES_LEFT_OUT
from crack_pipeline.progress import track
from crack_pipeline.sources.coco_file import CocoPhoto, read_coco_file
from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    is_image_file,
    is_unread_photo,
    list_files,
    list_folders,
    list_tree,
    names_below,
    set_aside_other_file,
)
from crack_pipeline.sources.folder_names import SPLIT_OF_FOLDER
from crack_pipeline.sources.pairing import PhotoFinder, is_spelled_otherwise, stem_of
from crack_pipeline.types import Split

LAYOUT = "photos, and JSON files with images, annotations and categories"
NO_ANNOTATION = "no_annotation"
PHOTO_NAME_VARIANT = "photo_name_variant"
"""Noted where a photo's name is listed in another case, with accents stored otherwise, or as part
of an address (``%20``)."""
ANNOTATIONS_LEFT_OVER = "annotations_left_over"
"""Noted where annotations of any of the files belong to no photo: this one may lack a crack."""
CRACK_UNKNOWN = "no annotation, but one with an unknown image_id may be its own"

_MAX_FILES = 200
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class _Claim:
    """Annotations of one photo in one file."""

    photo: CocoPhoto
    file: str
    path: Path
    split: Split | None


def list_coco(folder: Path) -> list[ListedImage]:
    """List the photos with what their COCO files say of them.

    Args:
        folder: Holds the JSON files and the photos, at any depth.

    Returns:
        One entry a photo, on disk or only listed, its id the path without suffix; and one for each
        kind of fault in a JSON file.

    Raises:
        LayoutError: If there is no COCO file, one is damaged, or no category is a crack.
        SourceError: If a folder or a JSON file cannot be read.
    """
    root = _below_single_folders(folder)
    files = names_below(list_tree(root), root)
    images = {name: path for name, path in files.items() if is_image_file(path)}
    claims, rows, doubt = _read_claims(root, {n: p for n, p in files.items() if _is_json(p)})
    finder = PhotoFinder(images)
    claims_of: dict[str, list[_Claim]] = defaultdict(list)
    for claim in claims:
        found = _find(finder, claim)
        if len(found) == 1:
            claims_of[found[0]].append(claim)
        else:
            rows.append(_list_lost(claim, found))
    names = _name_photos(images)
    rows += [set_aside_other_file(p, name) for name, p in files.items() if is_unread_photo(p)]
    rows += [_list_photo(names[n], images[n], claims_of.get(n, []), doubt) for n in images]
    return _make_unique(rows)


def _below_single_folders(folder: Path) -> Path:
    """Go down while there is nothing but one folder, as archives have it."""
    for _ in range(_DEPTH):
        inner = list_folders(folder)
        files = list_files(folder)
        if len(inner) != 1 or any(_is_json(file) or is_image_file(file) for file in files):
            break
        folder = inner[0]
    return folder


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _read_claims(
    root: Path, paths: Mapping[str, Path]
) -> tuple[list[_Claim], list[ListedImage], str]:
    """Claims about photos, faults of the files, and annotations that nobody can place."""
    if len(paths) > _MAX_FILES:
        raise _refuse(root, f"{len(paths)} JSON files, more than {_MAX_FILES}: one a photo?")
    claims: list[_Claim] = []
    rows: list[ListedImage] = []
    doubts: list[str] = []
    n_documents = 0
    for name, path in track(
        paths.items(), total=len(paths), description="Reading COCO files", unit="files"
    ):
        document = read_coco_file(path)
        if document is None:
            reason = "not a COCO file: it lacks images, annotations or categories"
            rows.append(ListedImage(name, path, reason=reason))
            continue
        n_documents += 1
        split = _split_of(name)
        claims += [_Claim(photo, name, path, split) for photo in document.photos]
        rows += [ListedImage(name, path, reason=fault) for fault in document.faults]
        doubts += [f"{name} has {document.left_over}"] if document.left_over else []
    if not n_documents:
        raise _refuse(
            root, f"{len(paths)} JSON files that are not COCO" if paths else "no JSON file"
        )
    return claims, rows, "; ".join(doubts)


def _refuse(root: Path, received: str) -> LayoutError:
    return LayoutError(
        f"The folder must hold {LAYOUT}.",
        received=f"{root} with {received}",
        remedy="Correct `ingestion.path`, or name another layout in `ingestion.source`.",
    )


def _split_of(name: str) -> Split | None:
    """The split that a file's name has in it, or else the nearest of its folders."""
    for part in reversed(stem_of(name).split("/")):
        words = re.split(r"[^a-z]+", part.lower())
        found = {SPLIT_OF_FOLDER[word] for word in words if word in SPLIT_OF_FOLDER}
        if len(found) == 1:
            return found.pop()
    return None


def _find(finder: PhotoFinder, claim: _Claim) -> tuple[str, ...]:
    return finder.find(
        claim.photo.file_name,
        home=claim.file.rpartition("/")[0],
        is_of_split=lambda name: claim.split is not None and _split_of(name) == claim.split,
    )


def _list_lost(claim: _Claim, found: tuple[str, ...]) -> ListedImage:
    """A listed photo that is not there, or of which nobody can say which it is."""
    written = claim.photo.file_name
    reason = f"{NO_IMAGE}: {claim.file} lists {written}"
    if found:
        reason = f"several photos of one name: {', '.join(found[:2])} for {written}"
    return ListedImage(f"{claim.file}/{written}", claim.path, split=claim.split, reason=reason)


def _list_photo(image_id: str, path: Path, claims: list[_Claim], doubt: str) -> ListedImage:
    if not claims:
        return ListedImage(image_id, path, reason=NO_MASK)
    claim, photo = claims[0], claims[0].photo
    listed = ListedImage(image_id, path, split=claim.split, reason=_find_fault(claims, doubt))
    if listed.reason:
        return listed
    notes = {
        PHOTO_NAME_VARIANT: is_spelled_otherwise(photo.file_name, path.name),
        OTHER_CLASSES_LEFT_OUT: photo.n_other > 0,
        NO_ANNOTATION: not photo.segmentations and not photo.n_other,
        ANNOTATIONS_LEFT_OVER: bool(doubt),
    }
    listed = replace(listed, noted=";".join(name for name, holds in notes.items() if holds))
    if not photo.segmentations:
        return replace(listed, label=0, mask_format="empty")
    try:
        annotation = describe_segmentations(
            photo.segmentations, width_px=photo.width_px, height_px=photo.height_px
        )
    except MaskError as error:
        return replace(listed, reason=error.received)
    return replace(listed, mask_path=claim.path, mask_format="coco", annotation=annotation)


def _find_fault(claims: list[_Claim], doubt: str) -> str:
    photo = claims[0].photo
    if len(claims) > 1:
        files = ", ".join(sorted({one.file for one in claims}))
        return f"photo listed {len(claims)} times: {files}"
    if photo.is_repeated:
        return f"photo whose number another one has: {claims[0].file}"
    if photo.odd_size:
        return f"size that is none: {photo.odd_size} px in {claims[0].file}"
    if photo.unknown_categories:
        return f"annotation of a category that is not listed: {photo.unknown_categories[0]}"
    if doubt and not photo.segmentations:
        return f"{CRACK_UNKNOWN}: {doubt}"
    return ""


def _name_photos(names: Iterable[str]) -> dict[str, str]:
    """Photos by their stems, or by their full names where several have one stem."""
    of_stem: dict[str, list[str]] = defaultdict(list)
    for name in names:
        of_stem[stem_of(name)].append(name)
    return {
        name: stem if len(same) == 1 else name for stem, same in of_stem.items() for name in same
    }


def _make_unique(rows: Iterable[ListedImage]) -> list[ListedImage]:
    """Tell entries with one id apart by a number: the same fault may be there more than once."""
    n_of_id: dict[str, int] = defaultdict(int)
    unique = []
    for row in rows:
        image_id = _make_writable(row.image_id)
        n_of_id[image_id] += 1
        n = n_of_id[image_id]
        name = image_id if n == 1 else f"{image_id} ({n})"
        unique.append(replace(row, image_id=name, reason=_make_writable(row.reason)))
    return unique


def _make_writable(text: str) -> str:
    """Half characters, which JSON may hold, cannot be written to files."""
    return text.encode(errors="replace").decode()


SOURCE = Source(
    name="coco",
    title="photos with COCO instance annotations",
    list_photos=list_coco,
    layout=LAYOUT,
    licence="That of the photos and annotations, as their owner states it.",
    photo_id_pattern=r"^(.+?)\.rf\.[0-9A-Za-z]+$",  # Roboflow's variants of one photo
)
