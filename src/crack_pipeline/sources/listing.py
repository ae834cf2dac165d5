"""What a source says of one photo, before anything is opened."""

from dataclasses import dataclass
from pathlib import Path

from crack_pipeline.types import Split


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One photo that a source lists.

    Attributes:
        image_id: Unique within the source; the photo's stem, with its folder where stems repeat.
        image_path: The untouched photo.
        mask_path: Its mask, or None.
        label: 1 is crack, 0 is none, None is unknown (masks decide then).
        split: The official split, where the source has one.
        photo_id: The photo that this one was cut from; None where the source does not say.
        reason: Why the photo cannot be used ("no mask with its stem"); empty where it can.
    """

    image_id: str
    image_path: Path
    mask_path: Path | None = None
    label: int | None = None
    split: Split | None = None
    photo_id: str | None = None
    reason: str = ""
