"""What a source says of one photo, before anything is opened."""

from dataclasses import dataclass
from pathlib import Path

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
