import numpy as np
import pytest
from tests.inspection.dark_model import LABELS, draw_photo, make_bundle

from crack_pipeline.errors import ImageReadError, ParameterError, ShapeError
from crack_pipeline.images.reading import read_image
from crack_pipeline.inspection.crack_model import CrackModel


@pytest.fixture
def photo(tmp_path):
    return draw_photo(tmp_path / "Brücke 1.png")


def test_a_file_and_its_pixels_give_the_same_cracks(photo):
    model = CrackModel(make_bundle())
    found = model.measure(photo, mm_per_px=0.5)
    (crack,) = found.cracks.itertuples()
    assert crack.crack_id.startswith("Brücke 1.png#")
    assert crack.mean_width_mm == pytest.approx(2.0, abs=0.02)
    assert crack.length_mm == pytest.approx(20.0, rel=0.02)
    again = model.measure(str(photo))
    assert again.cracks["mean_width_px"][0] == pytest.approx(4.0, abs=0.04)
    assert np.array_equal(model.measure(read_image(photo)).mask, found.mask)
    assert found.mask.sum() == 160
    assert found.overlay().dtype == np.uint8
    assert repr(found) == f"<PhotoMeasurement of 'Brücke 1.png': {found.verdict}>"


def test_a_classifier_gives_label_and_heat(photo):
    found = CrackModel(make_bundle(info=LABELS)).measure(photo)
    assert found.label == "crack"
    assert found.probability.shape == (64, 64)
    assert found.overlay().shape == (64, 64, 3)


def test_what_cannot_be_measured_is_refused(photo, tmp_path):
    model = CrackModel(make_bundle())
    with pytest.raises(ParameterError, match="mm_per_px"):
        model.measure(photo, mm_per_px=0)
    with pytest.raises(ImageReadError, match=r"nothing\.jpg"):
        model.measure(tmp_path / "nothing.jpg")
    with pytest.raises(ShapeError):
        model.measure(np.zeros((5, 5)))
