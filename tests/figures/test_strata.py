import io
import math

from crack_pipeline.figures.strata import Stratum, draw_strata

STRATA = [
    Stratum("crack width", "below 3 px", 4, 0.5, 0.4, 0.6),
    Stratum("crack width", "3 to 8 px", 9, 0.8),
    Stratum("source", "a name that is far too long to be written out", 1, math.nan),
]


def labels_of(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_each_kind_has_a_heading_and_each_stratum_its_number_of_photos():
    figure = draw_strata(STRATA, metric="F1", overall=0.7, title="Test")
    figure.savefig(io.BytesIO(), format="png")
    assert labels_of(figure) == [
        "Crack width",
        "below 3 px  (n = 4)",
        "3 to 8 px  (n = 9)",
        "Source",
        "a name that is far too long…  (n = 1)",
    ]
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.500", "0.800", "undefined"]
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "all photos (0.700)"


def test_more_strata_make_a_taller_figure():
    short, tall = (
        draw_strata(STRATA * times, metric="F1", overall=None, title="Test") for times in (1, 5)
    )
    assert tall.get_figheight() > 2 * short.get_figheight()


def test_no_strata_can_be_drawn():
    figure = draw_strata([], metric="F1", overall=None, title="Test")
    figure.savefig(io.BytesIO(), format="png")
