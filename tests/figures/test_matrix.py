import numpy as np
import pytest

from crack_pipeline.figures.matrix import choose_text_colour, draw_matrix


@pytest.mark.parametrize(
    ("ground", "colour"),
    [
        ((1, 1, 1), "black"),
        ((0, 0, 0), "white"),
        ((0.9, 0.9, 0.1, 1), "black"),
        ((0.27, 0.0, 0.33), "white"),
    ],
)
def test_words_stand_out(ground, colour):
    assert choose_text_colour(ground) == colour


def test_cells_have_words_and_colours_a_bar():
    values = np.array([[0.0, 0.5], [np.nan, 1.0]])
    figure = draw_matrix(
        values, [["a", "b"], ["c", "d"]], rows=["1", "2"], columns=["x", "y"], title="title"
    )
    axes, bar = figure.axes
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c", "d"]
    assert bar.get_ylim() == (0, 1)
    # Every colour of the map is light enough for one colour of words.
    assert {text.get_color() for text in axes.texts} == {"black"}
