"""Scores of the starter on real photos that it never saw, and its marks on crack-free patches.

    python benchmarks/starter.py --model=FOLDER --photos=FOLDER --masks=FOLDER \
        --metu=METU_MANIFEST --starter=STARTER_MANIFEST [--names=FILE] [--surfaces=CSV]

Masks are those of DeepCrack: F1 pooled over all photos, exact and with a tolerance of 2 px, at the
model's own threshold. Patches are METU's, from the manifest that `kedro run --pipeline=ingest
--env=metu` writes; all patches of a group are left out of which the starter's manifest has one in
train or validation. A patch is marked where a piece spans 20 px or more (diagonal of its box).
`--names` names the photos, one a line; `--surfaces` is a CSV of name, surface.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.images.reading import read_image
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.types import BinaryMask

PIECE_PX = 20
DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
"""Pixels within 2 px."""


def count(predicted: BinaryMask, truth: BinaryMask) -> np.ndarray:
    """Overlap, marked and true pixels, marked near true ones and true near marked ones."""
    near_truth, near_mark = cv2.dilate(truth, DISC), cv2.dilate(predicted, DISC)
    sums = (predicted & truth, predicted, truth, predicted & near_truth, truth & near_mark)
    return np.array([one.sum() for one in sums], float)


def describe(counts: np.ndarray) -> str:
    """F1 with tolerance, its precision and recall, and exact F1."""
    overlap, marked, true, right, found = counts
    precision, recall = right / max(marked, 1), found / max(true, 1)
    tolerant = 2 * precision * recall / max(precision + recall, 1e-9)
    exact = 2 * overlap / max(marked + true, 1)
    return f"F1 2 px {tolerant:.3f} (P {precision:.3f} R {recall:.3f}), exact {exact:.3f}"


def is_marked(mask: BinaryMask) -> bool:
    """True where a piece spans 20 px or more."""
    facts = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]
    return bool((np.hypot(facts[:, 2], facts[:, 3]) >= PIECE_PX).any())


def find_unseen(metu: pd.DataFrame, starter: pd.DataFrame) -> pd.DataFrame:
    """Patches of groups that the starter neither learnt from nor chose its threshold on."""
    used = starter[starter["split"].isin(["train", "validation"])]["image_id"]
    names = used.str.removeprefix("metu/")
    seen = metu[metu["image_id"].isin(names)]["group_id"]
    return metu[(metu["status"] == "ok") & ~metu["group_id"].isin(seen)]


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "photos", "masks", "metu", "starter"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("names", "surfaces"):
        parser.add_argument(f"--{name}", type=Path)
    given = parser.parse_args()
    bundle = ModelBundle.from_folder(given.model)
    print(f"{given.model}, threshold {bundle.threshold:.3g}, views {bundle.views}")
    named = given.names and set(given.names.read_text().split())
    surfaces = given.surfaces and dict(pd.read_csv(given.surfaces, dtype=str).to_numpy())
    sums: dict[str, np.ndarray] = {}
    for path in sorted(given.photos.iterdir()):
        if named and path.stem not in named:
            continue
        level = cv2.imread(str(given.masks / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        counts = count(bundle.predict_mask(read_image(path)), (level > 127).astype(np.uint8))
        for part in ("all photos", (surfaces or {}).get(path.stem, "")):
            sums[part] = sums.get(part, np.zeros(5)) + counts
    for part, counts in sums.items():
        if part:
            print(f"{part}: {describe(counts)}")
    patches = find_unseen(pd.read_parquet(given.metu), pd.read_parquet(given.starter))
    for label, words in ((0, "crack-free"), (1, "cracked")):
        paths = patches[patches["label"] == label]["image_path"]
        marked = [is_marked(bundle.predict_mask(read_image(path))) for path in paths]
        print(f"METU, {len(marked)} {words} patches: {100 * np.mean(marked):.1f} % marked")


if __name__ == "__main__":
    main()
