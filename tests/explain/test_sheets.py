from dataclasses import replace

import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.explain.photos import ChosenPhoto
from crack_pipeline.explain.sheets import (
    colour_values,
    draw_activations,
    draw_explanation_sheet,
    draw_filters,
    overlay_heat,
    stretch,
)


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


def test_without_heat_the_photo_is_dimmed_and_grey():
    image = np.full((8, 9, 3), (200, 100, 0), np.uint8)
    drawn = overlay_heat(image, np.zeros((8, 9), np.float32))
    assert drawn.shape == image.shape
    assert (drawn == drawn[..., :1]).all()
    assert 30 < drawn.mean() < 100


def test_heat_shows_in_colour_where_it_is():
    heat = np.zeros((20, 20), np.float32)
    heat[5, 5] = 1
    drawn = overlay_heat(np.zeros((20, 20, 3), np.uint8), heat).astype(int)
    assert drawn[5, 5].sum() > 500
    assert drawn.sum() == drawn[5, 5].sum()


def test_the_scale_ends_at_the_percentile():
    heat = np.linspace(0, 0.5, 100, dtype=np.float32).reshape(10, 10)
    heat[0, 0] = 1
    bright = stretch(heat, upper_percent=90)
    assert bright.max() == 1
    assert (bright == 1).mean() > 0.05
    assert (stretch(np.zeros((4, 4), np.float32), upper_percent=90) == 0).all()


def test_values_are_coloured_from_lowest_to_highest():
    drawn = colour_values(np.array([[-3.0, 5.0]], np.float32))
    assert drawn.shape == (1, 2, 3)
    assert (drawn[0, 0] != drawn[0, 1]).any()
    even = colour_values(np.full((2, 2), 7.0, np.float32))
    assert (even == even[0, 0]).all()


def test_refuses_a_map_of_another_size():
    with pytest.raises(ShapeError, match="height and width"):
        overlay_heat(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9), np.float32))


def test_each_filter_is_a_picture():
    kernels = np.random.default_rng(0).normal(size=(18, 3, 3, 3)).astype(np.float32)
    figure = draw_filters(kernels, layer="stem", title="First filters")
    assert len(figure.axes) == 18
    assert "stem, filters 0 to 15" in texts(figure)
    assert "stem, filters 16 to 17" in texts(figure)


def test_middle_grey_is_0_in_a_filter():
    kernel = np.zeros((1, 3, 3, 3), np.float32)
    kernel[0, 1, 1] = (2.0, -2.0, 0.0)
    (axes,) = draw_filters(kernel, layer="stem", title="").axes
    picture = np.asarray(axes.images[0].get_array())
    middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    assert middle.tolist() == [255, 0, 128]
    assert (picture[0, 0] == 128).all()


def test_a_row_a_block_with_the_maps_that_vary_most():
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(16, 16, 12)).astype(np.float32) * np.arange(12)
    photo = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    figure = draw_activations(photo, [("block", maps)], title="Blocks", n_maps=3)
    assert len(figure.axes) == 1 + 1 + 3
    said = texts(figure)
    assert "block: 12 maps of 16×16" in said
    assert said.index("map 11") < said.index("map 10") < said.index("map 9")
    assert "map 0" not in said


def test_fewer_channels_than_asked_for_are_all_shown():
    maps = np.zeros((4, 4, 2), np.float32)
    figure = draw_activations(np.zeros((8, 8, 3), np.uint8), [("block", maps)], title="")
    assert len(figure.axes) == 1 + 1 + 2
