"""Draw small data sets whose masks are no images, in the layouts of the real ones.

Each writer draws the same files for the same seed, into a folder that it makes, and gives the masks
that a reader should find, by the name of the photo's file.
"""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat
from tests.sources.layouts import draw_photo

from crack_pipeline.masks.coco import coco_document
from crack_pipeline.masks.run_lengths import encode_rle
from crack_pipeline.masks.yolo import encode_yolo

Mask = NDArray[np.uint8]
CocoLayout = Literal["annotations", "roboflow", "single"]

ROBOFLOW_DATA_YAML = """\
train: ../train/images
val: ../valid/images
test: ../test/images

nc: 1
names: ['crack']
"""
_HASH = "c868709931a671796794fdbb95352c5a"


def write_crackseg(
    folder: Path,
    seed: int = 0,
    *,
    n_photos: int = 8,
    validation: str = "valid",
    data_yaml: str | None = ROBOFLOW_DATA_YAML,
) -> dict[str, Mask]:
    """``train``, ``valid`` and ``test``, each with ``images`` and ``labels``, 416×416 px.

    Names are Roboflow's; half of the photos are for training. The last photo for training has an
    empty label file, the one for testing has none: both show no crack.
    """
    masks: dict[str, Mask] = {}
    n_train = n_photos // 2
    for number in range(n_photos):
        split = "train" if number < n_train else (validation, "test")[number % 2]
        cracked = number not in (n_train - 1, n_photos - 1)
        photo, mask = _draw(seed, number, 416, 416, cracked=cracked)
        stem = f"{1600 + number}.rf.{_HASH[number % 8 :]}"
        save_jpeg(folder / split / "images" / f"{stem}.jpg", photo)
        masks[f"{stem}.jpg"] = mask
        label = folder / split / "labels" / f"{stem}.txt"
        label.parent.mkdir(parents=True, exist_ok=True)
        if number != n_photos - 1:
            label.write_text(encode_yolo(mask), encoding="utf-8")
    if data_yaml is not None:
        (folder / "data.yaml").write_text(data_yaml, encoding="utf-8")
    (folder / "README.roboflow.txt").write_text("made by a test\n", encoding="utf-8")
    return masks


def write_coco(
    folder: Path, seed: int = 0, *, n_photos: int = 8, layout: CocoLayout = "annotations"
) -> dict[str, Mask]:
    """COCO instance files, 320×240 px; the outlines of photos are polygons and RLE in turn.

    ``annotations``: ``images`` and ``annotations/instances_<split>.json``. ``roboflow``: each
    split's photos beside its ``_annotations.coco.json``, below a category that names the project.
    ``single``: one ``annotations.json`` beside ``images``, without splits. The last photo has no
    annotation.
    """
    masks: dict[str, Mask] = {}
    splits: dict[str, list[str]] = {}
    for number in range(n_photos):
        split = ("train", "valid", "test")[max(0, number - n_photos // 2) % 3]
        photo, mask = _draw(seed, number, 320, 240, cracked=number < n_photos - 1)
        name = f"photo {number:02d}.jpg"
        place = folder / split if layout == "roboflow" else folder / "images"
        save_jpeg(place / name, photo)
        masks[name] = mask
        splits.setdefault("" if layout == "single" else split, []).append(name)
    for split, names in splits.items():
        document = _coco_with_both(names, masks)
        if layout == "roboflow":
            above = {"id": 0, "name": "walls-x1", "supercategory": "none"}
            document["categories"] = [
                above,
                {"id": 1, "name": "crack", "supercategory": "walls-x1"},
            ]
        save_json(folder / _COCO_FILES[layout].format(split), document)
    return masks


def write_crackforest(folder: Path, seed: int = 0, *, n_photos: int = 6) -> dict[str, Mask]:
    """``image/001.jpg`` and ``groundTruth/001.mat``, 480×320 px, under GitHub's top folder.

    The first file holds a few pixels of regions 3 and 4, which are background; the last photo has
    no file.
    """
    root = folder / "CrackForest-dataset-master"
    masks: dict[str, Mask] = {}
    for number in range(1, n_photos + 1):
        photo, mask = _draw(seed, number, 480, 320, cracked=True)
        save_jpeg(root / "image" / f"{number:03d}.jpg", photo)
        masks[f"{number:03d}.jpg"] = mask
        regions = mask + np.uint8(1)
        if number == 1:
            regions[:2, :3], regions[2:4, :2] = 3, 4
        if number < n_photos:
            save_regions(root / "groundTruth" / f"{number:03d}.mat", regions)
    for other in ("seg/001.seg", "Readme.txt"):
        (root / other).parent.mkdir(exist_ok=True)
        (root / other).write_text("format ascii cr\n", encoding="utf-8")
    return masks


def save_regions(path: Path, regions: NDArray[Any], **options: Any) -> None:
    """A file like CrackForest's: a 1×1 structure of Segmentation and Boundaries."""
    path.parent.mkdir(parents=True, exist_ok=True)
    truth = np.empty((1, 1), dtype=[("Segmentation", object), ("Boundaries", object)])
    truth[0, 0] = (regions, (regions > 1).astype(np.uint8))
    savemat(path, {"groundTruth": truth}, **options)


def save_jpeg(path: Path, photo: NDArray[np.uint8]) -> None:
    """A photo, whatever its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo).save(path, format="JPEG", quality=85)


def save_json(path: Path, content: object) -> None:
    """A JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


_COCO_FILES: dict[CocoLayout, str] = {
    "annotations": "annotations/instances_{}.json",
    "roboflow": "{}/_annotations.coco.json",
    "single": "annotations.json",
}


def _coco_with_both(names: list[str], masks: dict[str, Mask]) -> dict[str, Any]:
    """Polygons for every third photo, run lengths, compressed and not, for the others."""
    document = coco_document((name, masks[name]) for name in names)
    for index, name in enumerate(names, start=1):
        if index % 3 == 1:
            continue
        others = [one for one in document["annotations"] if one["image_id"] != index]
        if len(others) < len(document["annotations"]):
            shape = {
                "segmentation": encode_rle(masks[name], compressed=index % 3 == 2),
                "area": float(masks[name].sum()),
                "bbox": [0.0, 0.0, 320.0, 240.0],
                "iscrowd": 1,
            }
            others.append({"id": 1000 + index, "image_id": index, "category_id": 1, **shape})
        document["annotations"] = others
    return document


def _draw(
    seed: int, number: int, width_px: int, height_px: int, *, cracked: bool
) -> tuple[NDArray[np.uint8], Mask]:
    state = np.random.SeedSequence([seed, number, width_px]).generate_state(1)[0]
    photo, mask = draw_photo(int(state), width_px=width_px, height_px=height_px, cracked=cracked)
    return photo, (mask > 0).astype(np.uint8)
