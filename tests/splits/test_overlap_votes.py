import numpy as np

from crack_pipeline.splits import overlap_votes
from crack_pipeline.splits.keypoints import Keypoints
from crack_pipeline.splits.overlap_votes import Views, count_votes
from crack_pipeline.splits.symmetries import INVERSES, MATRICES


def views_of(*photos, scales=None, size_px=(100, 80), poses=None) -> Views:
    """One view a photo, each given by its points' (x, y)."""
    n_points = [len(points) for points in photos]
    places = np.concatenate([np.asarray(points) for points in photos])
    points = Keypoints(
        places[:, 0].astype(np.uint16),
        places[:, 1].astype(np.uint16),
        np.repeat(poses if poses is not None else [0] * len(photos), n_points).astype(np.uint8),
        np.zeros(len(places), np.uint64),
    )
    return Views(
        points,
        np.repeat(np.arange(len(photos)), n_points),
        np.arange(len(photos)),
        np.array(scales or [1.0] * len(photos)),
        np.array([size_px] * len(photos)),
    )


PLACES = np.array([[30, 20], [60, 50], [80, 30]])


def test_points_that_moved_alike_agree():
    views = views_of(PLACES, PLACES - [10, 5])
    matches = np.array([[0, 3], [1, 4], [2, 5]])
    (candidate,) = count_votes(matches, views, min_votes=2)
    assert (candidate.first, candidate.second, candidate.symmetry) == (0, 1, 0)
    assert (candidate.dx_px, candidate.dy_px, candidate.votes) == (10, 5, 3)
    assert candidate.places[:, 0].tolist() == PLACES.tolist()


def test_points_that_moved_differently_do_not():
    views = views_of(PLACES, [[30, 20], [10, 70], [20, 60]])
    assert count_votes(np.array([[0, 3], [1, 4], [2, 5]]), views, min_votes=2) == []


def test_one_pair_of_points_is_not_enough():
    views = views_of(PLACES, PLACES)
    assert count_votes(np.array([[0, 3]]), views, min_votes=2) == []


def test_the_translation_of_most_wins_across_bin_borders():
    moved = PLACES - [8, 0] + [[-1, 0], [0, 1], [1, -1]]
    views = views_of(np.vstack([PLACES, [[50, 50]]]), np.vstack([moved, [[90, 5]]]))
    (candidate,) = count_votes(np.array([[0, 4], [1, 5], [2, 6], [3, 7]]), views, min_votes=2)
    assert (candidate.dx_px, candidate.votes) == (8, 3)


def test_flips_are_told_from_the_poses():
    for symmetry in range(8):
        middle = np.array([99, 79]) / 2
        swaps = symmetry % 2 == 1
        turned_middle = middle[::-1] if swaps else middle
        undo = MATRICES[INVERSES[symmetry]]
        stored = (PLACES - [7, 3] - turned_middle) @ undo.T + middle
        views = views_of(PLACES, stored, poses=[0, symmetry])
        matches = np.array([[3, 0], [1, 4], [2, 5]])
        (candidate,) = count_votes(matches, views, min_votes=3)
        assert candidate.symmetry == symmetry
        assert (candidate.dx_px, candidate.dy_px) == (7, 3)


def test_two_shrunk_views_are_not_compared():
    views = views_of(PLACES, PLACES, scales=[0.5, 0.5])
    assert count_votes(np.array([[0, 3], [1, 4], [2, 5]]), views, min_votes=2) == []


def test_shrunk_views_need_more_votes():
    views = views_of(PLACES, PLACES, scales=[0.5, 1.0])
    assert count_votes(np.array([[0, 3], [1, 4], [2, 5]]), views, min_votes=2) == []


def test_without_matches_there_is_nothing_to_count():
    assert count_votes(np.empty((0, 2), np.int64), views_of(PLACES, PLACES), min_votes=2) == []


def test_slices_change_nothing(monkeypatch):
    photos = [PLACES - [10 * number, 0] for number in range(6)]
    views = views_of(*photos)
    matches = np.array(
        [[3 * a + k, 3 * b + k] for a in range(6) for k in range(3) for b in range(a + 1, 6)]
    )
    whole = count_votes(matches, views, min_votes=2)
    monkeypatch.setattr(overlap_votes, "_MATCHES_AT_ONCE", 4)
    sliced = count_votes(matches, views, min_votes=2)
    assert len(whole) == 15
    assert [(c.first, c.second, c.dx_px) for c in sliced] == [
        (c.first, c.second, c.dx_px) for c in whole
    ]
