import numpy as np

from crack_pipeline.figures.confusion import draw_confusion_matrix
from crack_pipeline.metrics.rates import ConfusionCounts


def texts_of(counts: tuple[int, int, int, int]) -> list[str]:
    figure = draw_confusion_matrix(
        ConfusionCounts(*(np.array(count) for count in counts)), unit="photos", title="Matrix"
    )
    return [text.get_text() for text in figure.axes[0].texts]


def test_rows_are_the_truth_and_shares_are_of_it():
    assert texts_of((3, 1, 2, 1999)) == [
        "100\u00a0%\n1\u202f999 photos",
        "0.05\u00a0%\n1 photo",
        "40\u00a0%\n2 photos",
        "60\u00a0%\n3 photos",
    ]


def test_a_class_without_members_is_drawn_as_zero():
    assert texts_of((0, 1, 0, 3))[2:] == ["0\u00a0%\n0 photos", "0\u00a0%\n0 photos"]
