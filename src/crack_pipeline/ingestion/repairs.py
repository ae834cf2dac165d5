"""The repair report: one row per repair and per file set aside, with its reason in words."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from crack_pipeline.ingestion.contradictions import LABEL_CONTRADICTED
from crack_pipeline.masks.repair import DOUBTS as DOUBTS

REPAIR_COLUMNS = (
    "image_id",
    "action",
    "what",
    "reason",
    "details",
    "source_file",
    "written_file",
)
REPAIRED = "repaired"
MENDED_WHILE_READING = "mended_while_reading"
DOUBTFUL = "doubtful"
SET_ASIDE = "set_aside"

_ABOUT_MASKS = ("bad mask", "mask ")
_USED = ["image_id", "image_path", "mended", "reason"]


def repair_table(photos: pd.DataFrame) -> pd.DataFrame:
    """Write down what ingestion changed and what it left out, and why.

    Args:
        photos: The manifest, or the table of checked photos: ``image_id``, ``image_path``,
            ``mask_path``, ``mended``, ``reason``; and where they are there ``raw_mask_path``,
            ``repaired_mask``, ``mask_note`` and ``noted``.

    Returns:
        Strings in the columns of ``REPAIR_COLUMNS``, by image id; "" where there is nothing to say.
        ``action`` is ``repaired`` (a mask was written anew), ``mended_while_reading`` (nothing is
        written; every reader does the same), ``doubtful`` (nothing was changed, look at it) or
        ``set_aside``. ``what`` is the name of the change, or the kind of fault.
    """
    described = _describe(photos)
    concerned = described[(described[["mended", "reason", "noted"]] != "").any(axis=1)]
    rows = [row for photo in concerned.itertuples(index=False) for row in _rows_of(photo)]
    table = pd.DataFrame(rows, columns=list(REPAIR_COLUMNS), dtype="string")
    return table.sort_values("image_id", kind="stable", ignore_index=True)


def _describe(photos: pd.DataFrame) -> pd.DataFrame:
    """Bring a manifest and a table of checked photos to the same columns, without gaps."""
    raw = photos.get("raw_mask_path", photos["mask_path"])
    written = photos.get("repaired_mask")
    if written is None:
        written = photos["mask_path"].where(photos["mask_path"].ne(raw).fillna(value=True))
    nothing = pd.Series("", index=photos.index, dtype="string")
    return (
        photos[_USED]
        .assign(
            raw_mask=raw,
            written=written,
            noted=photos.get("noted", nothing),
            note=photos.get("mask_note", nothing),
        )
        .astype("string")
        .fillna("")
    )


def _rows_of(photo: Any) -> Iterator[tuple[str, ...]]:
    def row_of(action: str, what: str, why: str, is_about_mask: bool) -> tuple[str, ...]:
        file = (photo.raw_mask if is_about_mask else "") or photo.image_path
        told = (photo.note, file, photo.written) if action == REPAIRED else ("", file, "")
        return photo.image_id, action, what, why, *told

    mended, noted = (list(filter(None, text.split(";"))) for text in (photo.mended, photo.noted))
    for name in mended:
        is_about_mask = name.startswith("mask_")
        is_written = is_about_mask and bool(photo.written)
        action = REPAIRED if is_written else MENDED_WHILE_READING
        action = DOUBTFUL if name in (*DOUBTS, LABEL_CONTRADICTED) else action
        yield row_of(action, name, explain_mending(name), is_about_mask)
    for name in noted:
        if name not in mended:
            is_about_mask = name.startswith("mask_")
            yield row_of(MENDED_WHILE_READING, name, explain_mending(name), is_about_mask)
    if photo.reason:
        kind = photo.reason.split(":")[0]
        yield row_of(SET_ASIDE, kind, photo.reason, kind.startswith(_ABOUT_MASKS))


MENDING_REASONS: dict[str, str] = {
    # photos
    "exif_orientation": "turned upright as its EXIF orientation says",
    "grey_to_rgb": "one channel repeated to three",
    "palette_to_rgb": "palette colours written out",
    "cmyk_to_rgb": "printing colours turned into RGB",
    "colour_space_to_rgb": "YCbCr, HSV or Lab turned into RGB",
    "12_bit_to_8_bit": "12-bit samples divided by 16",
    "16_bit_to_8_bit": "the high byte of 16-bit samples taken",
    "float_to_8_bit": "samples in [0, 1] multiplied by 255",
    "alpha_on_white": "transparent pixels laid on white",
    "first_frame_only": "the first of several frames taken",
    "extraneous_jpeg_bytes": "stray bytes in the file skipped",
    # mask files
    "mask_1_bit": "stored with 1 bit a pixel",
    "mask_palette": "stored as numbers of palette colours",
    "mask_alpha_dropped": "transparency left out",
    "mask_from_alpha": "colours the same everywhere: transparency taken as the mask",
    "mask_channels_merged": "several channels: the brightest taken",
    "mask_deep_to_8_bit": "stored with more than 8 bits a sample",
    "mask_odd_value": "crack stored as another value than 1 or 255",
    "mask_odd_background": "background stored as another value than 0",
    "mask_thresholded": "soft edges or JPEG halos cut at `halo_threshold`",
    "mask_faint_left_out": "fainter lines left out by `halo_threshold`: is crack lost?",
    "mask_stray_values": "stray values beside the crack's cut at `halo_threshold`",
    "mask_noise_cleared": "a JPEG with nothing but dark specks, its noise: black",
    "mask_exif_orientation": "turned upright as its EXIF orientation says",
    "mask_first_frame_only": "the first of several frames taken",
    "mask_cmyk_to_rgb": "printing colours turned into RGB",
    "mask_colour_space_to_rgb": "YCbCr, HSV or Lab turned into RGB",
    "mask_extraneous_jpeg_bytes": "stray bytes in the file skipped",
    # repair of masks
    "mask_resized": "resized to its photo: one and the same exact ratio in width and height",
    "mask_turned": "turned to its photo, as its size or the darkness under it tells",
    "mask_inverted": "crack and background swapped back",
    "mask_specks_cleared": "specks cleared under a label that says no crack",
    "mask_looks_inverted": "not changed: crack and background look swapped",
    "mask_polarity_doubtful": "not changed: covers most of the photo, which does not tell why",
    "mask_orientation_doubtful": "made before or after the photo's EXIF orientation was applied: "
    "the stated size is followed, which darkness contradicts",
    # masks drawn from annotations
    "mask_from_yolo": "drawn from the polygons of a YOLO label file",
    "mask_from_coco": "drawn from COCO annotations",
    "mask_from_crackforest": "drawn from the classes of a MATLAB file",
    "mask_from_empty": "written empty: the source says that there is no crack",
    "mask_byte_order_mark": "byte order mark of the label file skipped",
    "mask_commas": "commas between the label file's numbers read as spaces",
    "mask_points_clipped": "corners slightly outside the photo moved to its border",
    "mask_other_classes_left_out": "outlines of other classes left out",
    "mask_estimated": "estimated from the darkness of a patch that is known to be cracked",
    "mask_thin_lines_drawn": "outlines thinner than a pixel drawn one pixel wide",
    "mask_outlines_walked_twice": "outlines that go round more than once filled once",
    "mask_outlines_scaled": "outlines scaled from the size that the file states to the photo's",
    "mask_stray_regions": "regions of undocumented numbers taken for background",
    # sources
    "folder_name_variant": "found in a folder with a variant of the usual name",
    "mask_name_variant": "mask found under a variant of its photo's name",
    "photo_name_variant": "photo found under a variant of the name that its annotation gives",
    "id_from_image_file": "a spreadsheet had changed its id in the review list: found by its file",
    "label_contradicted": "kept, although a photo that shows the same bears the other label",
    "settled_by_ignore": "paired after `ingestion.ignore` left out others with its stem",
    "not_in_labels_csv": "not named in the CSV of labels: its label is unknown",
    "no_label_file": "without a label file: counts as a photo without crack",
    "empty_label_file": "with an empty label file: counts as a photo without crack",
    "annotations_left_over": "cracks may be missing: other annotations bear an image_id that no "
    "photo of their file has; correct it there",
    "no_annotation": "without any annotation: counts as a photo without crack",
}
"""Name → what was done, or what is doubted."""


def explain_mending(name: str) -> str:
    """The sentence for a name; the name in plain words where there is none."""
    return MENDING_REASONS.get(name, name.replace("_", " "))
