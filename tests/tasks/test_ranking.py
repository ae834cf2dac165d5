import numpy as np

from crack_pipeline.tasks.ranking import rank_labels, rank_photos


def make_photo(image_id: str, dice: float, *, truth_px: int = 9, wrong_px: int = 5) -> dict:
    return {"image_id": image_id, "dice": dice, "truth_px": truth_px, "wrong_px": wrong_px}


def ids_of(ranked: dict) -> dict:
    return {kind: [photo["image_id"] for photo in photos] for kind, photos in ranked.items()}


def test_best_median_and_worst_of_seven():
    photos = [make_photo(name, dice / 10) for dice, name in enumerate("abcdefg")]
    assert ids_of(rank_photos(photos, 2)) == {
        "best": ["g", "f"],
        "median": ["e", "d"],
        "worst": ["a", "b"],
    }


def test_crack_free_photos_show_up_as_false_alarms_only():
    photos = [
        make_photo("left alone", 1.0, truth_px=0, wrong_px=0),
        make_photo("small alarm", 0.0, truth_px=0, wrong_px=3),
        make_photo("large alarm", 0.0, truth_px=0, wrong_px=300),
        make_photo("good", 0.9),
        make_photo("fair", 0.6),
    ]
    assert ids_of(rank_photos(photos, 1)) == {
        "best": ["good"],
        "median": ["fair"],
        "worst": ["large alarm"],
    }


def test_few_photos_are_named_once():
    ranked = ids_of(rank_photos([make_photo("a", 0.9), make_photo("b", 0.2)], 3))
    assert ranked == {"best": ["a", "b"], "median": [], "worst": []}


def test_labels_are_ranked_by_their_distance_from_the_threshold():
    labels = np.array([1, 1, 0, 0, 1, 0])
    probabilities = np.array([0.1, 0.3, 0.9, 0.2, 0.95, 0.45])
    ranked = rank_labels(labels, probabilities, threshold=0.5, n_photos=2)
    assert [chosen.tolist() for chosen in ranked.values()] == [[0, 1], [2], [5, 3], [4, 3]]
