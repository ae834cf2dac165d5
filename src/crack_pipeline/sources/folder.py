"""One's own photos: with masks, sorted by class, with labels in a CSV, or with nothing at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from crack_pipeline.data_source import ListedImage, PhotoFacts, Source
from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.class_folders import list_unmasked
from crack_pipeline.sources.files import (
    is_image_file,
    is_unread_photo,
    join_id,
    list_files,
    list_folders,
    list_tree,
    names_below,
    set_aside_other_file,
)
from crack_pipeline.sources.folder_names import (
    IMAGE_FOLDERS,
    LABEL_OF_CLASS,
    MASK_FOLDERS,
    SPLIT_OF_FOLDER,
    folder_named,
    image_and_mask_folders,
    plain_name,
)
from crack_pipeline.sources.labels_csv import apply_labels, find_masks, read_labels
from crack_pipeline.sources.paired_folders import FOLDERS_OF_SPLIT, list_paired_folders, list_pairs
from crack_pipeline.sources.pairing import cut_mask_ending, find_marked_masks, stem_of
from crack_pipeline.types import Split

LABELS_FILE = "labels.csv"
OUTSIDE_THE_LAYOUT = "outside the folders of the layout"
LAYOUT = (
    "photos in any tree, with labels.csv or without; or images and masks; or positive and "
    "negative; each of these maybe in train, val and test"
)


def list_own_photos(folder: Path, labels_csv: Path | None = None) -> list[ListedImage]:
    """List one's own photos, in whichever of the usual layouts they lie.

    The first that fits is taken: folders of splits with one of the following in each; a folder of
    images and one of masks; folders of classes, each maybe with images and masks; masks beside
    their photos (``a.jpg``, ``a_mask.png``); photos alone, in any tree. With a CSV of labels,
    names of folders say nothing about classes.

    Args:
        folder: Where the photos lie.
        labels_csv: Labels of the photos; by default ``labels.csv`` in the folder, if it is there.

    Returns:
        One entry a photo, and one for each file that cannot be used.

    Raises:
        LayoutError: If folders have names that contradict each other, or labels of another kind.
        SourceError: If a folder cannot be read, or the CSV does not fit the photos.
    """
    usual = (file for file in list_files(folder) if file.name.lower() == LABELS_FILE)
    csv_file = labels_csv or next(usual, None)
    if csv_file is None:
        return _list_splits(_skip_wrappers(folder), set())
    rows = read_labels(csv_file)
    is_inside = csv_file.absolute().is_relative_to(folder.absolute())
    root = folder if is_inside else _skip_wrappers(folder)
    masks = find_masks(rows, [root, csv_file.parent])
    known = {csv_file.absolute(), *(mask.absolute() for mask in masks.values())}
    photos = _list_splits(root, known, with_classes=False)
    return apply_labels(photos, rows, folder=root, masks=masks)


def _skip_wrappers(folder: Path) -> Path:
    """Go down through folders that hold nothing but one folder, as archives have them."""
    folders = list_folders(folder)
    if len(folders) != 1 or list_files(folder) or plain_name(folders[0].name) in SPLIT_OF_FOLDER:
        return folder
    return _skip_wrappers(folders[0])


def _list_splits(folder: Path, known: set[Path], *, with_classes: bool = True) -> list[ListedImage]:
    """List a folder, or each of its splits."""
    children = list_folders(folder)
    names = {child.name.lower() for child in children}
    if all(name in names for pair in FOLDERS_OF_SPLIT.values() for name in pair):
        return list_paired_folders(folder)
    splits = [(SPLIT_OF_FOLDER.get(plain_name(child.name)), child) for child in children]
    has_photos = any(is_image_file(file) for file in list_files(folder))
    if not splits or has_photos or not all(split for split, _ in splits):
        return _list_part(folder, known, None, with_classes=with_classes)
    if len({split for split, _ in splits}) < len(splits):
        raise LayoutError(
            "Each split must have one folder.",
            received=f"{folder} with {', '.join(child.name for child in children)}",
            remedy="Put the photos of one split into one folder.",
        )
    return [
        photo
        for split, child in splits
        for photo in _list_part(child, known, split, with_classes=with_classes)
    ]


def _list_part(
    folder: Path, known: set[Path], split: Split | None, *, with_classes: bool
) -> list[ListedImage]:
    """List a folder whose photos are of one split, or of none."""
    prefix = split or ""
    apart = image_and_mask_folders(folder)
    if apart is not None:
        listed = _list_apart(apart, prefix, split=split)
        return listed + _list_outside(folder, apart, known, prefix)
    _refuse_other_labels(folder)
    classes = _class_folders(folder) if with_classes else []
    if classes:
        listed = [photo for child in classes for photo in _list_class(child, prefix, split)]
        return listed + _list_outside(folder, classes, known, prefix)
    files = [file for file in list_tree(folder) if file.absolute() not in known]
    masks = _masks_beside_photos(files, folder)
    if not masks:
        return list_unmasked(folder, files, prefix=prefix, split=split)
    photos = [file for file in files if file not in masks]
    return list_pairs(
        folder, folder, (photos, sorted(masks)), prefix=prefix, mask_prefix=prefix, split=split
    )


def _list_apart(
    folders: tuple[Path, Path], prefix: str, **facts: Unpack[PhotoFacts]
) -> list[ListedImage]:
    """List photos and masks of two folders and their subfolders."""
    images, masks = folders
    files = list_tree(images), list_tree(masks)
    mask_prefix = join_id(prefix, masks.name)
    return list_pairs(images, masks, files, prefix=prefix, mask_prefix=mask_prefix, **facts)


def _refuse_other_labels(folder: Path) -> None:
    """Refuse labels that are no images: polygons, boxes."""
    images, labels = folder_named(folder, IMAGE_FOLDERS), folder_named(folder, MASK_FOLDERS)
    if images is None or labels is None:
        return
    kinds = sorted({file.suffix.lower() or "no suffix" for file in list_tree(labels)})
    raise LayoutError(
        "Masks of one's own photos must be images.",
        received=f"{labels} with files of type {', '.join(kinds)}",
        remedy="Use ingestion.source=crackseg for YOLO polygons (.txt) or coco for COCO (.json).",
    )


def _class_folders(folder: Path) -> list[Path]:
    """Folders of classes, if both classes are there."""
    children = [child for child in list_folders(folder) if plain_name(child.name) in LABEL_OF_CLASS]
    labels = {LABEL_OF_CLASS[plain_name(child.name)] for child in children}
    return children if len(labels) == len(set(LABEL_OF_CLASS.values())) else []


def _list_class(folder: Path, prefix: str, split: Split | None) -> list[ListedImage]:
    label = LABEL_OF_CLASS[plain_name(folder.name)]
    path = join_id(prefix, folder.name)
    apart = image_and_mask_folders(folder)
    if apart is not None:
        return _list_apart(apart, path, split=split, label=label)
    return list_unmasked(folder, list_tree(folder), prefix=path, label=label, split=split)


def _list_outside(
    folder: Path, inside: Sequence[Path], known: set[Path], prefix: str
) -> list[ListedImage]:
    """Photos that lie beside the folders of the layout, so that none is left out in silence."""
    files = list_files(folder) + [
        file for child in list_folders(folder) if child not in inside for file in list_tree(child)
    ]
    images = (file for file in files if is_image_file(file) and file.absolute() not in known)
    unread = names_below(filter(is_unread_photo, files), folder)
    return [
        ListedImage(join_id(prefix, name), file, reason=OUTSIDE_THE_LAYOUT)
        for name, file in names_below(images, folder).items()
    ] + [set_aside_other_file(file, join_id(prefix, name)) for name, file in unread.items()]


def _masks_beside_photos(files: Sequence[Path], folder: Path) -> set[Path]:
    """Images whose names say that they are masks of other images of the same folder."""
    names = names_below(filter(is_image_file, files), folder)
    stems = {stem_of(name) for name in names}
    masks = {file for name, file in names.items() if cut_mask_ending(stem_of(name)) in stems}
    marked = set() if masks else find_marked_masks(stems)
    return masks | {file for name, file in names.items() if stem_of(name) in marked}


SOURCE = Source(
    name="folder",
    title="one's own photos",
    list_photos=list_own_photos,
    layout=LAYOUT,
    licence="your own photos: nothing is known of a licence",
)
