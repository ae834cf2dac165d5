"""The manifest: one row an image, the contract between ingestion and everything after it."""

import functools
import hashlib
import logging
from typing import Any

import pandas as pd
import pandera.pandas as pa

from crack_pipeline.errors import ManifestError
from crack_pipeline.storage import SEAL, make_seal, require_seal
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import SPLITS, Split, Task

logger = logging.getLogger(__name__)

OK = "ok"
SET_ASIDE = "set_aside"

MANIFEST_SCHEMA = pa.DataFrameSchema(
    {
        "image_id": pa.Column("string", unique=True, description="source-wide stem of the photo"),
        "source": pa.Column("string", description="name of the data source"),
        "image_path": pa.Column("string", description="absolute path of the untouched photo"),
        "label": pa.Column("Int8", pa.Check.isin([0, 1]), nullable=True, description="1 is crack"),
        "mask_path": pa.Column("string", nullable=True, description="absolute path of the mask"),
        "raw_mask_path": pa.Column("string", nullable=True, description="the source's own mask"),
        "width_px": pa.Column("Int32", pa.Check.gt(0), nullable=True),
        "height_px": pa.Column("Int32", pa.Check.gt(0), nullable=True),
        "sha256": pa.Column("string", nullable=True, description="of the photo's bytes"),
        "mask_sha256": pa.Column("string", nullable=True, description="of the mask's bytes"),
        "phash": pa.Column("string", nullable=True, description="64-bit perceptual hash, hex"),
        "photo_id": pa.Column("string", description="photo that a patch was cut from"),
        "surface": pa.Column("string", nullable=True, description="what the photo shows"),
        "group_id": pa.Column("string", nullable=True, description="never crosses a split"),
        "fold": pa.Column("Int8", pa.Check.ge(0), nullable=True, description="of k folds, from 0"),
        "split": pa.Column("string", pa.Check.isin(SPLITS), nullable=True),
        "status": pa.Column("string", pa.Check.isin([OK, SET_ASIDE])),
        "reason": pa.Column("string", description="why set aside; empty where it was not"),
        "mended": pa.Column("string", description="what reading changes, separated by ';'"),
    },
    strict=True,
    ordered=True,
    coerce=True,
)
"""Schema of the manifest; rows that were set aside keep what is known of them."""

_WITHOUT_CONTENT = ["image_path", "mask_path", "raw_mask_path"]


def validate_manifest(manifest: pd.DataFrame) -> pd.DataFrame:
    """Check a manifest against its schema.

    Args:
        manifest: One row an image, with the columns of ``MANIFEST_SCHEMA``.

    Returns:
        The manifest with the schema's column types.

    Raises:
        ManifestError: If a column is missing or a value breaks its rule.
    """
    try:
        return MANIFEST_SCHEMA.validate(manifest, lazy=True)
    except pa.errors.SchemaErrors as error:
        broken = "; ".join(
            f"no column {row.failure_case}"
            if row.check == "column_in_dataframe"
            else f"{row.column}: {row.check} ({row.failure_case})"
            for row in error.failure_cases.head(5).itertuples()
        )
        raise ManifestError(
            "A manifest must satisfy its schema.",
            received=broken,
            remedy="Run `kedro run --pipeline=ingest` to write it anew.",
        ) from error


def seal_manifest(manifest: pd.DataFrame) -> pd.DataFrame:
    """The same manifest with its digest among its ``attrs``, which Parquet keeps."""
    sealed = manifest.copy(deep=False)
    sealed.attrs = {**manifest.attrs, SEAL: make_seal(_content_of(manifest))}
    return sealed


def open_manifest(content: Any) -> pd.DataFrame:
    """Check a manifest that was read from its file.

    Args:
        content: From ``seal_manifest``; one without a digest is of an earlier version, and only
            its schema is checked.

    Returns:
        The manifest, validated.

    Raises:
        ManifestError: If it breaks the schema.
        DamagedError: If it was changed since, or is of a later version.
    """
    if not isinstance(content, pd.DataFrame):
        content = pd.DataFrame()
    manifest = validate_manifest(content)
    if SEAL in content.attrs:
        require_seal(content.attrs[SEAL], _content_of(manifest), "the manifest")
    else:
        _warn_of_no_digest()
    return manifest


@functools.cache  # once a run: the manifest is read by several nodes
def _warn_of_no_digest() -> None:
    logger.warning(
        "The manifest holds no digest, as an earlier version or another program wrote it: whether "
        "it was changed is not known. `kedro run --pipeline=ingest` writes it anew."
    )


def _content_of(manifest: pd.DataFrame) -> bytes:
    # A hash of each row: text of all cells takes seconds where there are tens of thousands.
    names = ",".join(manifest.columns)
    return names.encode() + pd.util.hash_pandas_object(manifest, index=False).to_numpy().tobytes()


def usable_rows(manifest: pd.DataFrame, split: Split | None = None) -> pd.DataFrame:
    """Rows that were not set aside, in the order of their ids.

    Args:
        manifest: A validated manifest.
        split: The part wanted; None for all.

    Returns:
        The rows, sorted by ``image_id``, index from 0.
    """
    rows = manifest[manifest["status"] == OK]
    if split is not None:
        rows = rows[rows["split"] == split]
    return rows.sort_values("image_id").reset_index(drop=True)


def require_for_task(manifest: pd.DataFrame, task: Task) -> None:
    """Check that the manifest holds what a task learns from.

    Args:
        manifest: A validated manifest.
        task: One that learns from masks needs them, and crack to learn from; one that learns from
            labels needs both classes.

    Raises:
        ManifestError: If masks, labels, a class, crack or a split are missing.
    """
    for split in SPLITS:
        rows = usable_rows(manifest, split)
        if rows.empty:
            raise ManifestError(
                "Each of train, validation and test needs at least one photo.",
                received=f"no usable photo in the {split} split",
                remedy="Add photos, or change `splitting` in the ingestion parameters.",
            )
        truth = task_spec(task).truth
        if truth == "masks":
            _require_masks(rows, split)
        elif truth == "labels":
            _require_both_classes(rows, split)


def _require_masks(rows: pd.DataFrame, split: Split) -> None:
    if rows["mask_path"].isna().any():
        without = rows.loc[rows["mask_path"].isna(), "image_id"]
        raise ManifestError(
            "Segmentation needs a mask for each photo.",
            received=f"{len(without)} of {len(rows)} {split} photos without a mask, "
            f"first: {without.iloc[0]}",
            remedy=_masks_remedy(rows),
        )
    if split == "train" and rows["label"].eq(0).fillna(False).all():
        raise ManifestError(
            "Segmentation needs crack in at least one train photo.",
            received=f"{len(rows)} train photos, all of them without crack",
            remedy="Add photos with crack, or correct the masks: crack is 255 (or 1) in them.",
        )


def _masks_remedy(rows: pd.DataFrame) -> str:
    if rows["label"].dropna().nunique() == 2:
        return "Choose a data set with masks, or train with --params=task=classification."
    if rows["mask_path"].isna().all() and rows["label"].isna().all():
        return (
            "Photos without masks and labels can be checked and grouped (`kedro run "
            "--pipeline=ingest`), but not be learnt from. Draw masks for some tens of them "
            "(PNG of the photo's size and name, 255 where there is crack), or sort them into "
            "folders crack and no_crack; docs/how_to/train_on_your_photos.md says where to."
        )
    return "Draw the masks that are missing, or leave these photos out under `ingestion.ignore`."


def _require_both_classes(rows: pd.DataFrame, split: Split) -> None:
    if rows["label"].dropna().nunique() < 2:
        has_masks = bool(rows["mask_path"].notna().all())
        other_task = ", or train with --params=task=segmentation" if has_masks else ""
        raise ManifestError(
            "Classification needs photos of both classes in each split.",
            received=f"{_name_classes(rows['label'])} in the {split} split",
            remedy=f"Add photos of the other class{other_task}.",
        )


def _name_classes(labels: pd.Series) -> str:
    known = set(labels.dropna())
    if not known:
        return "no photo with a label"
    return "only photos with crack" if 1 in known else "only photos without crack"


def digest_manifest(manifest: pd.DataFrame) -> str:
    """Fingerprint of a manifest's content, independent of where the files lie.

    Args:
        manifest: A validated manifest.

    Returns:
        64 hexadecimal digits (SHA-256).
    """
    content = manifest.drop(columns=_WITHOUT_CONTENT).sort_values("image_id")
    return hashlib.sha256(content.to_csv(index=False).encode()).hexdigest()
