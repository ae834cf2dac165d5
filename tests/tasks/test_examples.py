import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.figures.palette import FALSE_CRACK, FOUND, MISSED
from crack_pipeline.tasks.examples import (
    draw_examples,
    list_examples,
    rank_labels,
    rank_masks,
    show_labels,
    show_masks,
)


def make_photo(
    image_id: str, dice: float = 0.0, *, found: float = 0.0, false_px: float = 0.0, truth: int = 100
) -> dict:
    return {
        "image_id": image_id,
        "dice": dice,
        "truth_px": truth,
        "predicted_px": 50,
        "wrong_px": 5,
        "true_negative": 950,
        "line_truth": truth,
        "line_truth_near": found * truth,
        "line_predicted": 100,
        "line_predicted_near": 90,
        "false_length_px": false_px,
    }


def ids_of(ranked: dict) -> dict:
    return {kind: [photo["image_id"] for photo in photos] for kind, photos in ranked.items()}


def test_best_and_typical_by_dice_missed_by_the_share_that_was_found():
    photos = [
        make_photo("good", 0.9, found=1.0),
        make_photo("fair", 0.7, found=0.95),
        make_photo("middle", 0.5, found=0.9),
        make_photo("weak", 0.4, found=0.85),
        make_photo("half", 0.3, found=0.5),
        make_photo("lost", 0.2, found=0.1),
    ]
    assert ids_of(rank_masks(photos, 2)) == {
        "best": ["good", "fair"],
        "typical": ["weak", "middle"],
        "missed": ["lost", "half"],
        "false_alarm": [],
    }


def test_crack_free_photos_are_false_alarms_only_and_stand_before_cracked_ones():
    photos = [
        make_photo("left alone", 1.0, truth=0) | {"predicted_px": 0},
        make_photo("small alarm", truth=0, false_px=3),
        make_photo("large alarm", truth=0, false_px=300),
        make_photo("beside a crack", 0.9, found=1.0, false_px=900),
    ]
    ranked = ids_of(rank_masks(photos, 3))
    assert ranked["false_alarm"] == ["large alarm", "small alarm"]
    assert ranked["best"] == ["beside a crack"]


def test_few_photos_are_named_once_and_a_missed_crack_goes_first():
    ranked = ids_of(rank_masks([make_photo("a", 0.9, found=1), make_photo("b", 0.2, found=0)], 3))
    assert ranked == {"best": ["a"], "typical": [], "missed": ["b"], "false_alarm": []}


def test_labels_are_ranked_by_their_distance_from_the_threshold():
    labels = np.array([1, 1, 0, 0, 1, 0])
    probabilities = np.array([0.1, 0.3, 0.9, 0.2, 0.95, 0.45])
    assert rank_labels(labels, probabilities, threshold=0.5, n_photos=2) == {
        "best": [4, 3],
        "typical": [5],
        "missed": [0, 1],
        "false_alarm": [2],
    }


@pytest.fixture
def rows(tmp_path):
    """A large photo with a crack at its lower right, and a small one without."""
    photos = []
    for name, side_px in (("large", 1500), ("small", 200)):
        image, mask = np.full((side_px, side_px, 3), 120, np.uint8), np.zeros((side_px, side_px))
        if name == "large":
            mask[1300:1304, 1100:1400] = 255
        paths = [str(tmp_path / f"{name}_{kind}.png") for kind in ("photo", "mask")]
        cv2.imwrite(paths[0], image)
        cv2.imwrite(paths[1], mask)
        photos.append({"image_id": name, "image_path": paths[0], "mask_path": paths[1]})
    return pd.DataFrame(photos)


def colours_in(picture: np.ndarray) -> set[str]:
    named = {"found": FOUND, "missed": MISSED, "false": FALSE_CRACK}
    return {name for name, colour in named.items() if (picture == colour).all(axis=2).any()}


def test_the_plain_photo_stands_beside_the_outlined_detail_that_matters(rows):
    photos = [make_photo("large", found=0.0)]
    (example,) = show_masks(
        photos, rows, lambda image: np.zeros(image.shape[:2], np.uint8), tolerance_px=2, n_photos=1
    )
    assert example.kind == "missed"
    words = "0\u00a0% of the crack length found; 10\u00a0% of what is marked is false (detail)"
    assert example.caption == words
    assert example.picture.shape == (480, 966, 3)
    assert (example.picture[:, :480] == 120).all()
    assert colours_in(example.picture) == {"missed"}


def test_false_crack_on_a_photo_without_any_is_said(rows):
    photos = [make_photo("small", truth=0, false_px=10)]
    (example,) = show_masks(
        photos, rows, lambda image: np.ones(image.shape[:2], np.uint8), tolerance_px=2, n_photos=3
    )
    assert example.kind == "false_alarm"
    assert example.caption == "No crack; 5\u00a0% of the photo marked"
    assert colours_in(example.picture) == {"false"}


def test_each_example_is_a_figure_of_its_own_that_the_report_names(rows):
    labels, probabilities = np.array([1, 0]), np.array([0.2, 0.9])
    examples = show_labels(rows, labels, probabilities, threshold=0.5, n_photos=2)
    entries = list_examples(examples)
    figures = draw_examples(examples, title="Labels")
    assert list(figures) == ["prediction_sheet", *(entry["figure"] for entry in entries)]
    assert [(entry["figure"], entry["image_id"]) for entry in entries] == [
        ("example_missed_1", "large"),
        ("example_false_alarm_1", "small"),
    ]
    assert entries[0]["caption"] == "Crack; crack probability 20\u00a0%"


def test_without_any_example_there_is_a_sheet_that_says_so():
    figures = draw_examples([], title="Masks")
    assert [text.get_text() for text in figures["prediction_sheet"].texts] == [
        "Masks",
        "Photos: none",
    ]
