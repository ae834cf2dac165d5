"""Pair photos with annotation files that are no images: YOLO labels, MATLAB files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
)
from crack_pipeline.sources.listing import ListedImage
from crack_pipeline.sources.pairing import MASK_NAME_VARIANT, StemGroup, group_by_stem
from crack_pipeline.types import MaskFormat, Split


@dataclass(frozen=True, slots=True)
class AnnotatedPhotos:
    """Photos, their annotation files, and what holds for all of them.

    Attributes:
        images: Name below the folder of photos → file.
        annotations: Name below the folder of annotation files → file.
        mask_format: What the annotation files are.
        annotation: What travels with each photo beside its file.
        prefix: What the ids of photos begin with; empty for nothing.
        annotation_prefix: What the ids of left-over annotation files begin with.
        split: Official split of all photos.
    """

    images: Mapping[str, Path]
    annotations: Mapping[str, Path]
    mask_format: MaskFormat
    annotation: str = ""
    prefix: str = ""
    annotation_prefix: str = ""
    split: Split | None = None


def list_annotated(photos: AnnotatedPhotos) -> list[ListedImage]:
    """List photos with the annotation files of their stems.

    Args:
        photos: Both kinds of files.

    Returns:
        One entry a photo, and one for each annotation file that belongs to none.
    """
    groups, strangers = group_by_stem(photos.images, photos.annotations)
    listed = [entry for group in groups for entry in _list_group(photos, group)]
    return listed + [_aside(photos, name, NO_IMAGE) for name in strangers]


def join_id(prefix: str, name: str) -> str:
    """An id from its parts.

    Args:
        prefix: May be empty.
        name: The rest.
    """
    return f"{prefix}/{name}" if prefix else name


def _list_group(photos: AnnotatedPhotos, group: StemGroup) -> list[ListedImage]:
    pairs = group.pairs()
    if pairs:
        return [_pair(photos, group, image, mask) for image, mask in pairs]
    if not group.masks and len(group.images) == 1:
        return [_photo(photos, group, group.images[0], NO_MASK)]
    kind = TWO_IMAGES_WITH_ONE_STEM if len(group.images) > 1 else TWO_MASKS_WITH_ONE_STEM
    reason = f"{kind}: {join_id(photos.prefix, group.stem)}"
    return [_photo(photos, group, name, reason) for name in group.images] + [
        replace(_aside(photos, name, reason), mask_path=photos.annotations[name])
        for name in group.masks
    ]


def _pair(photos: AnnotatedPhotos, group: StemGroup, image: str, mask: str) -> ListedImage:
    photo = _photo(photos, group, image, "")
    noted = MASK_NAME_VARIANT if mask in group.variants else ""
    return replace(photo, mask_path=photos.annotations[mask], noted=noted)


def _photo(photos: AnnotatedPhotos, group: StemGroup, name: str, reason: str) -> ListedImage:
    return ListedImage(
        join_id(photos.prefix, group.stem if len(group.images) == 1 else name),
        photos.images[name],
        split=photos.split,
        reason=reason,
        mask_format=photos.mask_format,
        annotation=photos.annotation,
    )


def _aside(photos: AnnotatedPhotos, name: str, reason: str) -> ListedImage:
    return ListedImage(
        join_id(photos.annotation_prefix, name),
        photos.annotations[name],
        split=photos.split,
        reason=reason,
        mask_format=photos.mask_format,
    )
