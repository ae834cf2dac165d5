import numpy as np
import pytest

from crack_pipeline.figures.group_sheet import ShownOverlap, draw_groups, draw_overlaps


def texts(figure):
    return [text.get_text() for text in figure.texts]


@pytest.fixture
def photos(draw_surface):
    wall = draw_surface(5, width_px=200, height_px=150)
    first, second = wall[:100, :120], wall[30:130, 50:170]
    return {"first": first.copy(), "second": second[:, ::-1].copy()}


def test_the_shared_part_is_shown_twice(photos):
    overlap = ShownOverlap("first", "second", 4, 50, 30, "correlation 0.97")
    figure = draw_overlaps([overlap], read=photos.__getitem__, title="Overlaps of a wall")
    pictures = [axes.images[0].get_array() for axes in figure.axes]
    assert len(pictures) == 4
    assert pictures[2].shape == (70, 70, 3)
    assert np.array_equal(pictures[2], pictures[3])
    assert not np.array_equal(pictures[0], photos["first"])  # framed
    assert "correlation 0.97" in texts(figure)
    assert "second\nmirrored left to right" in texts(figure)


def test_photos_of_the_caller_are_not_drawn_on(photos):
    before = photos["first"].copy()
    overlap = ShownOverlap("first", "second", 4, 50, 30, "")
    draw_overlaps([overlap], read=photos.__getitem__, title="")
    assert np.array_equal(photos["first"], before)


def test_nothing_shared_leaves_the_photos(photos):
    overlap = ShownOverlap("first", "second", 0, 500, 0, "apart")
    assert len(draw_overlaps([overlap], read=photos.__getitem__, title="").axes) == 2


def test_a_large_group_goes_on_in_the_next_row(photos):
    groups = [("eight photos", ["first"] * 8), ("two photos", ["first", "second"])]
    figure = draw_groups(groups, read=photos.__getitem__, title="Groups")
    assert len(figure.axes) == 10
    headings = [text for text in texts(figure) if "photos" in text]
    assert headings == ["eight photos", "eight photos, continued", "two photos"]
