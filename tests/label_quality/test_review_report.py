import json

import numpy as np
import pandas as pd

from crack_pipeline.label_quality.findings import find_in_pairs, rank_photos
from crack_pipeline.label_quality.pair_store import measure_pairs
from crack_pipeline.label_quality.review import (
    compare_widths,
    format_review,
    report_review,
)


def test_widths_are_compared_by_source_and_split():
    features = pd.DataFrame(
        {
            "source": ["a", "a", "a", "b"],
            "split": ["train", "train", "train", "test"],
            "mask_width_px": [6.0, 9.0, 7.0, np.nan],
            "line_width_px": [3.0, 6.0, np.nan, 4.0],
        }
    )
    (entry,) = compare_widths(features)
    assert (entry["source"], entry["split"], entry["photos"]) == ("a", "train", 2)
    assert (entry["mask_width_px_mean"], entry["line_width_px_mean"]) == (7.5, 4.5)
    # The line of 3 px is too thin to be compared.
    assert entry["photos_compared"] == 1
    assert (entry["ratio_median"], entry["difference_px_median"]) == (1.5, 3.0)


def test_the_report_counts_lists_and_is_json(pair_manifest, tmp_path):
    pair_manifest.loc[3, "mask_path"] = None
    features = measure_pairs(pair_manifest, tmp_path / "features.parquet", n_jobs=1)
    findings = find_in_pairs(features)
    report = report_review(rank_photos([findings]), features, {"pairs": findings}, worst=3)
    assert report["scored"] == {"pairs": 11}
    assert report["doubtful"] >= 1
    assert report["doubtful_by_check"]["shifted"] >= 1
    assert [row["rank"] for row in report["worst"]] == [1, 2, 3]
    assert report["worst"][0]["image_id"] == "photo_05"
    assert report["worst"][0]["shift_dy_px"] == -8
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    text = format_review(report)
    assert "Reviewed 11 photos" in text
    assert "photo_05" in text
    assert "widths, lines train" in text
