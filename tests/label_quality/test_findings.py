from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ManifestError
from crack_pipeline.label_quality.findings import (
    find_in_pairs,
    find_in_predictions,
    rank_photos,
)
from crack_pipeline.label_quality.pair_store import measure_pairs
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.masks.reading import read_mask


def _predict(manifest, *, missed: str | None = None):
    """Maps that agree with the masks; of ``missed`` the network sees another crack as well."""
    maps = {}
    for row in manifest.itertuples():
        mask = cv2.imread(row.mask_path, cv2.IMREAD_GRAYSCALE)
        maps[row.image_id] = cv2.GaussianBlur(mask, (0, 0), 1).astype(np.float32) / 255
        if row.image_id == missed:
            maps[row.image_id][10:16, 20:180] = 0.9
    return maps


def test_pairs_are_ranked_without_any_model(pair_manifest, tmp_path):
    features = measure_pairs(pair_manifest, tmp_path / "features.parquet", n_jobs=1)
    nothing = find_in_predictions(pair_manifest, tmp_path, n_jobs=1)
    assert nothing.scores.empty
    ranked = rank_photos([find_in_pairs(features), nothing])
    assert ranked["rank"].tolist() == list(range(1, 13))
    assert ranked["image_id"][0] == "photo_05"
    assert "shifted by" in ranked["reason"][0]
    assert ranked["score"].is_monotonic_decreasing
    assert ranked["map_path"].isna().all()


def test_the_worst_finding_of_each_photo_counts(pair_manifest, tmp_path, write_out_of_fold):
    maps = _predict(pair_manifest, missed="photo_08")
    digest = digest_manifest(pair_manifest)
    write_out_of_fold(tmp_path, maps, task="segmentation", manifest_digest=digest)
    features = measure_pairs(pair_manifest, tmp_path / "features.parquet", n_jobs=1)
    predicted = find_in_predictions(pair_manifest, tmp_path, n_jobs=1)
    ranked = rank_photos([find_in_pairs(features), predicted])
    assert len(ranked) == 12
    assert set(ranked["image_id"][:2]) == {"photo_05", "photo_08"}
    row = ranked.set_index("image_id").loc["photo_08"]
    assert (row["kind"], row["check"]) == ("mask prediction", "missed")
    assert read_mask(Path(row["map_path"])).shape == (160, 200)


def test_labels_alone_are_judged_by_predictions(pair_manifest, tmp_path, write_out_of_fold):
    manifest = pair_manifest.assign(mask_path=None, label=[0, 1] * 6)
    probability = {row.image_id: 0.9 if row.label else 0.1 for row in manifest.itertuples()}
    probability["photo_03"] = 0.02
    digest = digest_manifest(manifest)
    write_out_of_fold(tmp_path, probability, task="classification", manifest_digest=digest)
    findings = find_in_predictions(manifest, tmp_path, n_jobs=1)
    ranked = rank_photos([findings])
    assert ranked["image_id"][0] == "photo_03"
    assert ranked["reason"][0] == "labelled crack, predicted no crack (0.98)"


def test_predictions_of_another_manifest_are_noted(pair_manifest, tmp_path, write_out_of_fold):
    write_out_of_fold(tmp_path, {"photo_00": 0.5}, task="classification", manifest_digest="old")
    findings = find_in_predictions(pair_manifest, tmp_path, n_jobs=1)
    assert findings.scores.empty
    assert "another manifest" in findings.notes[0]
    with pytest.raises(ManifestError, match="another manifest"):
        rank_photos([findings])


def test_without_masks_and_predictions_the_remedy_is_named(pair_manifest, tmp_path):
    manifest = pair_manifest.assign(mask_path=None)
    features = measure_pairs(manifest, tmp_path / "features.parquet", n_jobs=1)
    predicted = find_in_predictions(manifest, tmp_path, n_jobs=1)
    with pytest.raises(ManifestError, match="--pipeline=cross_validate"):
        rank_photos([find_in_pairs(features), predicted])
