from dataclasses import replace

import numpy as np
import pytest

from crack_pipeline.explain.photos import ChosenPhoto
from crack_pipeline.explain.sheets import draw_explanation_sheet


def texts(figure) -> str:
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([*(text.get_text() for text in figure.texts), *legends])


@pytest.mark.parametrize(
    ("task", "n_panels", "words"),
    [
        ("segmentation", 5, ["Seg-Grad-CAM", "inside the truth", "logits of the predicted crack"]),
        ("classification", 4, ["Grad-CAM", "truth: crack", "the photo's crack logit"]),
    ],
)
def test_a_row_has_photo_truth_prediction_and_methods(explain, task, n_panels, words):
    explained = explain(task=task, methods=("saliency", "grad_cam"))
    figure = draw_explanation_sheet([explained], task=task, title="title")
    assert len(figure.axes) == n_panels
    said = texts(figure)
    for word in ["title", "Best · photo_08", "saliency", *words]:
        assert word in said


def test_rows_stand_in_the_order_of_kinds_and_scored_photos_stay_out(explain):
    first = explain(methods=("saliency",))
    worst = replace(first, chosen=ChosenPhoto("worst_one", "worst", is_scored=False))
    scored = replace(first, chosen=ChosenPhoto("scored_one", None, is_scored=True))
    said = texts(draw_explanation_sheet([scored, worst, first], task="segmentation", title=""))
    assert said.index("photo_08") < said.index("worst_one")
    assert "scored_one" not in said


def test_a_row_says_that_a_worse_photo_stands_in_another(explain):
    first = explain(methods=("saliency",))
    chosen = ChosenPhoto("photo_08", "worst", is_scored=False, is_of_others=True)
    said = texts(
        draw_explanation_sheet([replace(first, chosen=chosen)], task="segmentation", title="")
    )
    assert "Worst of the others · photo_08" in said


def test_joints_are_outlined_and_in_the_legend(explain):
    first = explain(methods=("saliency",))
    joints = np.zeros((32, 32), np.uint8)
    joints[:, 10] = 1
    assert "tile joints" not in texts(
        draw_explanation_sheet([first], task="segmentation", title="")
    )
    with_joints = replace(first, joints=joints)
    assert "tile joints" in texts(
        draw_explanation_sheet([with_joints], task="segmentation", title="")
    )


def test_a_sheet_without_photos_says_so():
    figure = draw_explanation_sheet([], task="segmentation", title="")
    assert "Photos: none" in texts(figure)
