import numpy as np
from matplotlib.figure import Figure

from crack_pipeline.figures.network_inside import draw_activations, draw_filters


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.texts)


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
