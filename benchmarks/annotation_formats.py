"""What is left of masks after a way to polygons and back, by the width of their cracks.

Run it on a folder of masks, one result a crack, all schemes on the same cracks:

    python benchmarks/annotation_formats.py --path <DeepCrack>/train_lab <DeepCrack>/test_lab
"""

import argparse
import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.morphology import skeletonize

from crack_pipeline.masks.coco import coco_document, decode_coco, describe_segmentations
from crack_pipeline.masks.outlines import bridge_holes, fill_rings, mask_to_polygons
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.masks.tracing import Ring
from crack_pipeline.masks.yolo import decode_yolo, encode_yolo
from crack_pipeline.types import BinaryMask

WIDTHS_PX = (0, 2, 3, 5, 10, np.inf)
MARGIN_PX = 4


def measure_width(crack: BinaryMask) -> float:
    """Median width in px along the centreline.

    The mask is doubled first: on it, the distance to the background at the centreline of a straight
    strip is the strip's width in px of the mask itself, for even and odd widths.
    """
    doubled = np.pad(np.kron(crack, np.ones((2, 2), np.uint8)), 1)
    distance = cv2.distanceTransform(doubled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(np.median(distance[skeletonize(doubled > 0)]))


def outline(crack: BinaryMask, tolerance_px: float) -> list[Ring]:
    """Outlines along pixel edges, holes bridged."""
    return [bridge_holes(one) for one in mask_to_polygons(crack, tolerance_px=tolerance_px)]


def outline_centres(crack: BinaryMask) -> list[Ring]:
    """What many scripts do: OpenCV's outer contours, through the centres of border pixels."""
    found, _ = cv2.findContours(crack, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [contour[:, 0].astype(np.float64) for contour in found]


def fill_at_centres(rings: list[Ring], crack: BinaryMask) -> BinaryMask:
    """Fill as this project does, and the COCO tools do."""
    height, width = crack.shape
    long_enough = [ring for ring in rings if len(ring) > 2]
    return fill_rings(long_enough, width, height)[0]


def fill_with_borders(rings: list[Ring], crack: BinaryMask) -> BinaryMask:
    """Fill as Ultralytics does when it trains: ``cv2.fillPoly`` on whole numbers, with borders."""
    mask = np.zeros_like(crack)
    for ring in rings:
        cv2.fillPoly(mask, [ring.astype(np.int32)], 1)
    return mask


SCHEMES: dict[str, Callable[[BinaryMask], BinaryMask]] = {
    "pixel edges": lambda crack: fill_at_centres(outline(crack, 0), crack),
    "pixel edges, 0.5 px tolerance": lambda crack: fill_at_centres(outline(crack, 0.5), crack),
    "pixel edges, 1 px tolerance": lambda crack: fill_at_centres(outline(crack, 1), crack),
    "pixel edges, drawn with borders": lambda crack: fill_with_borders(outline(crack, 0), crack),
    "pixel centres": lambda crack: fill_at_centres(outline_centres(crack), crack),
    "pixel centres, drawn with borders": lambda crack: fill_with_borders(
        outline_centres(crack), crack
    ),
}


def split_cracks(mask: BinaryMask) -> list[BinaryMask]:
    """Each crack of a mask alone, with some background around it."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    cracks = []
    for label in range(1, count):
        x, y, width, height = boxes[label, :4]
        crack = labels[y : y + height, x : x + width] == label
        cracks.append(np.pad(crack.astype(np.uint8), MARGIN_PX))
    return cracks


def compare(mask: BinaryMask, again: BinaryMask) -> float:
    """Intersection over union."""
    return float((mask & again).sum() / (mask | again).sum())


def check_formats(mask: BinaryMask) -> dict[str, bool]:
    """Whether each file format gives the very same mask."""
    height, width = mask.shape
    result = {
        "yolo": bool((decode_yolo(encode_yolo(mask).encode(), width, height).mask == mask).all())
    }
    for outlines in ("polygons", "rle"):
        document = json.loads(json.dumps(coco_document([("a", mask)], outlines=outlines)))
        annotation = describe_segmentations(
            (one["segmentation"] for one in document["annotations"]),
            width_px=width,
            height_px=height,
        )
        same = decode_coco(annotation, width, height).mask == mask
        result[f"coco {outlines}"] = bool(same.all())
    return result


def summarize(widths: np.ndarray, scores: dict[str, np.ndarray]) -> dict[str, object]:
    """Mean and lowest IoU of each class of widths."""
    rows: dict[str, object] = {}
    for low, high in itertools.pairwise(WIDTHS_PX):
        chosen = (widths >= low) & (widths < high)
        rows[f"{low} to {high} px"] = {"cracks": int(chosen.sum())} | {
            name: [round(float(values[chosen].mean()), 3), round(float(values[chosen].min()), 3)]
            for name, values in scores.items()
            if chosen.any()
        }
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, nargs="+", required=True)
    paths = [file for folder in parser.parse_args().path for file in sorted(folder.iterdir())]
    widths: list[float] = []
    scores: dict[str, list[float]] = defaultdict(list)
    same: dict[str, int] = defaultdict(int)
    label_bytes: dict[str, list[int]] = defaultdict(list)
    for path in paths:
        mask = read_mask(path)
        for name, holds in check_formats(mask).items():
            same[name] += holds
        for tolerance_px in (0.0, 0.5, 1.0):
            size = len(encode_yolo(mask, tolerance_px=tolerance_px))
            label_bytes[f"{tolerance_px} px tolerance"].append(size)
        for crack in split_cracks(mask):
            widths.append(measure_width(crack))
            for name, scheme in SCHEMES.items():
                scores[name].append(compare(crack, scheme(crack)))
    result = {
        "masks": len(paths),
        "identical masks by format": same,
        "cracks": len(widths),
        "IoU, mean and lowest": summarize(
            np.array(widths), {name: np.array(values) for name, values in scores.items()}
        ),
        "mean bytes of a YOLO label": {
            name: round(float(np.mean(sizes))) for name, sizes in label_bytes.items()
        },
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
