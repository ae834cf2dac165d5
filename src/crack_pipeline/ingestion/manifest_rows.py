"""Write the manifest from divided photos."""

from collections.abc import Mapping

import pandas as pd

from crack_pipeline.manifest import MANIFEST_SCHEMA, OK, SET_ASIDE, validate_manifest


def build_manifest(
    divided: pd.DataFrame, source: str, *, attrs: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Bring divided photos into the columns of the manifest.

    Args:
        divided: One row a photo, as ``divide_grouped`` gives it.
        source: Name of the data source.
        attrs: What is said of the whole data set: its licence, its citation, ….

    Returns:
        The manifest, by ascending image id, with these in its ``attrs``, which Parquet keeps.

    Raises:
        ManifestError: If a value breaks the schema, such as two photos with one id.
    """
    is_usable = divided["reason"] == ""
    manifest = divided.assign(
        source=source,
        status=is_usable.map({True: OK, False: SET_ASIDE}),
        photo_id=divided["photo_id"].fillna(divided["image_id"]),
        mask_path=divided["repaired_mask"].fillna(divided["mask_path"]),
        raw_mask_path=divided["mask_path"],
        fold=divided.get("fold"),
    )
    ordered = manifest.sort_values("image_id").reset_index(drop=True)
    validated = validate_manifest(ordered[list(MANIFEST_SCHEMA.columns)])
    validated.attrs.update(attrs or {})
    return validated
