import math
from datetime import UTC, datetime

import pandas as pd
import pytest
from tests.reporting.test_page import Page

from crack_pipeline.reporting.inspected_photos import link_to, list_inspected
from crack_pipeline.reporting.inspection import SQUARE_TO_SURFACE, make_inspection_report

HOSTILE = "50%/<script>alert(1)</script> \"q\" 'x' ä #1?.jpg"
FACTS = {
    "title": "Bridge 12",
    "written": datetime(2026, 11, 30, 9, 5, tzinfo=UTC),
    "software": "crack_pipeline 1.0",
    "model": "hairline",
    "digest": "ab" * 32,
    "threshold": 0.5,
    "labels": "DeepCrack",
    "test_set": "DeepCrack",
    "scale_error_assumed": True,
    "metadata": ["element"],
    "settings": {"max_gap_px": 12},
}


def photo(name="a.jpg", **changes):
    return {
        "photo": name,
        "status": "done",
        "reason": "",
        "width_px": 640,
        "height_px": 480,
        "mm_per_px": 0.5,
        "scale_source": "given",
        "scale_error": 0.03,
        "limit_px": 3.0,
        "limit_mm": 1.5,
        "limit_note": "",
        "verdict": "1 crack marked.",
        "cracks": 1,
        "overlay": f"overlays/{name}.jpg",
        "element": "P3",
        **changes,
    }


def crack(name="a.jpg", number="A01", width=4.0, *, bar=0.5, mm_per_px=0.5, **changes):
    row = {
        "photo": name,
        "crack_id": f"{name}#{number}",
        "doubtful": False,
        "doubt": "",
        "smoothing_px": 2.0,
        "orientation_deg": 30.0,
        "branches": 2,
        "loops": 1,
        "mean_probability": 0.9,
        "contrast": 0.6,
        "touches_border": False,
        "largest_x_px": 7.0,
        "largest_y_px": 8.0,
        "largest_width_px": 2 * width,
        "largest_width_mm": 2 * width * mm_per_px if mm_per_px else None,
        "p95_x_px": 1.0,
        "p95_y_px": 2.0,
    }
    for measure, value in (("p95_width", width), ("mean_width", width / 2), ("length", 100.0)):
        for end, sign in (("", 0), ("_low", -1), ("_high", 1)):
            known = None if bar is None and sign else value + sign * (bar or 0)
            row[f"{measure}{end}_px"] = known
            is_known = mm_per_px is not None and known is not None
            row[f"{measure}{end}_mm"] = known * mm_per_px if is_known else None
    return {**row, **changes}


def write(cracks=(), photos=None, checks=None, **facts):
    table = pd.DataFrame(list(cracks), columns=list(crack()))
    html = make_inspection_report(
        table, pd.DataFrame(photos or [photo()]), {**FACTS, **facts}, checks
    )
    return Page(html), html


def flatten(page):
    return " ".join(page.text.split())


def test_it_loads_its_pictures_alone_and_names_what_it_was_made_with():
    page, html = write([crack()])
    sources = {image["src"] for image in page.all("img")}
    assert sources == {"overlays/a.jpg.jpg", "photos/a.jpg.jpg"}
    assert [one["loading"] for one in page.all("img")[1:]] == ["lazy", "lazy"]
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "url(" not in html
    text = flatten(page)
    for part in ("hairline", "crack_pipeline 1.0", "ab" * 32, "DeepCrack", "element P3"):
        assert part in text
    assert "0.500 mm per px ± 3 % (assumed)" in text
    assert "30 November 2026, 09:05 UTC" in text


def test_names_of_files_are_text_and_their_addresses_are_quoted():
    page, html = write([crack(HOSTILE)], [photo(HOSTILE), photo("=cmd|' /c calc", overlay=None)])
    assert "<script" not in html
    assert HOSTILE in page.text
    assert {one["src"] for one in page.all("img")} == {
        link_to(f"{folder}/{HOSTILE}.jpg") for folder in ("overlays", "photos")
    }
    assert all(sign not in page.all("img")[0]["src"] for sign in "#?<\"' ")


def test_the_worst_crack_has_the_highest_upper_bound():
    cracks = [
        crack("sure.jpg", width=5.0, bar=0.1),
        crack("wide.jpg", width=4.8, bar=1.0),
        crack("px.jpg", width=90.0, mm_per_px=None),
        crack("doubtful.jpg", width=50.0, doubtful=True, doubt="like a shadow"),
    ]
    names = [one["photo"] for one in cracks]
    photos = [photo(name) for name in ("none.jpg", *names)]
    listed = list_inspected(pd.DataFrame(cracks), pd.DataFrame(photos), FACTS)
    order = ["wide.jpg", "sure.jpg", "px.jpg", "doubtful.jpg", "none.jpg"]
    assert [one.name for one in listed] == order
    text = flatten(write(cracks, photos)[0])
    assert "Cracks3 in 3 of 5 photos" in text
    assert "Doubtful cracks1 listed" in text
    assert "Total length100 mm and 100 px and 50.0 mm doubtful" in text
    assert "Widest crack, 95th percentile2.40 mm 95 %: 1.90 to 2.90" in text
    assert "A01 is doubtful: like a shadow." in text


def test_a_crack_that_the_border_cuts_is_ranked_and_marked_but_counted_apart():
    cut = {"doubtful": True, "touches_border": True}
    cracks = [
        crack(number="A01", width=3.0),
        crack(number="A02", width=8.0, doubt="touches the border", **cut),
        crack(number="A03", width=9.0, doubt="like a shadow; touches the border", **cut),
    ]
    text = flatten(write(cracks)[0])
    assert "Cracks cut by the border1 outside" in text
    assert "Doubtful cracks1 listed" in text
    assert "Total length50.0 mm and 50.0 mm cut by the border and 50.0 mm doubtful" in text
    assert "1 crack, 1 crack cut by the border and 1 doubtful crack, the widest 4.00 mm" in text
    assert "95th percentile4.00 mm 95 %: 3.75 to 4.25 mm; cut by the border" in text
    assert text.index("A02 cut by the border") < text.index("A01 at 1, 2") < text.index("A03 at")
    assert "A03 is doubtful: like a shadow; touches the border." in text


def test_marks_that_are_too_short_for_a_width_are_counted_and_not_listed():
    widths = dict.fromkeys(
        f"p95_width{end}_{u}" for end in ("", "_low", "_high") for u in ("px", "mm")
    )
    text = flatten(write([crack(), crack(number="Q26", **widths)])[0])
    assert "Cracks2 in 1 of 1 photo" in text
    assert "1 more is too short to have a width" in text
    assert "Q26" not in text


def test_an_interval_from_zero_has_an_upper_end_alone():
    text = flatten(write([crack(width=4.0, bar=4.0)])[0])
    assert "95th percentile2.00 mm 95 %: up to 4.00 mm" in text


def test_without_bounds_it_says_so_and_without_scale_sizes_are_in_px():
    cracks = [crack(bar=None, mm_per_px=None)]
    text = flatten(write(cracks, [photo(mm_per_px=None)], error_bars="15 photos, 19 are needed")[0])
    assert "Error bars are not known: 15 photos, 19 are needed." in text
    assert "Widest crack, 95th percentile4.00 px ± not known" in text
    assert "the scale is not known, so sizes are in px" in text


def test_what_could_not_be_seen_is_told_with_numbers_of_photos():
    blurred = "the photo is blurred: its sharpness is "
    photos = [
        photo("a.jpg"),
        photo("b.jpg", limit_px=6.0, limit_mm=3.0),
        *(
            photo(f"{n}.jpg", limit_px=None, limit_mm=None, limit_note=f"{blurred}{n}")
            for n in "cd"
        ),
        photo("e.jpg", status="failed", reason="the file is cut off", overlay=None),
    ]
    text = flatten(write([], photos, limit_mm=2.0, false_marks="false marks: not known")[0])
    assert "1 photo could not be searched: e.jpg." in text
    assert "e.jpg: the file is cut off" in text
    assert "2 of 4 photos: in photos like those of the test set (DeepCrack)" in text
    assert "1.50 mm (in the coarsest photo 3.00 mm) and wider" in text
    assert "False marks, where there is no crack: not known." in text
    assert "2 of 4 photos: the detection limit is not known (the photo is blurred)." in text
    assert "Cracks of 2 mm are not decidable in 3 of 4 photos." in text
    assert "a tilt of 20° changes the scale by about 30 %" in text


def test_many_photos_show_the_pictures_of_the_worst():
    names = [f"{number:04d}.jpg" for number in range(200)]
    cracks = [crack(name, width=2 + n / 100) for n, name in enumerate(names)]
    page, html = write(cracks, [photo(name) for name in names])
    assert len(page.all("img")) == 3 + 2 * 30
    assert page.all("img")[0]["src"] == "overlays/0199.jpg.jpg"
    assert "170 more are in the folder" in flatten(page)
    assert {"href": "overlays/0000.jpg.jpg"} in page.all("a")
    assert len(html) < 300_000


def test_photos_of_a_classification_stand_by_their_probability():
    photos = [photo(f"{share}.jpg", probability=share) for share in (0.2, 0.9, 0.6)]
    page, _ = write([], photos, task="classification")
    sources = [image["src"] for image in page.all("img")]
    assert sources[:3] == [f"overlays/{share}.jpg.jpg" for share in (0.9, 0.6, 0.2)]
    text = flatten(page)
    assert "Called cracked2 probability at least 0.5" in text
    assert "square to the surface" not in text


@pytest.mark.parametrize(
    ("measured", "sentence"),
    [
        # Differences .1, .3 and −.1: mean .1, standard deviation .2.
        (
            [0.6, 0.8, 0.4, None],
            "4 readings of a crack gauge, 1 of them where no width was measured. The program reads "
            "0.100 mm wider on average (n = 3); 95 % of the differences lie between "
            "−0.292 and +0.492 mm (limits of agreement). Fewer than ten readings say little. These",
        ),
        ([0.4], "1 reading of a crack gauge. The program reads 0.100 mm narrower on average"),
    ],
)
def test_a_crack_gauge_gives_bias_and_limits_of_agreement(measured, sentence):
    place = {"photo": "a.jpg", "x": 3.0, "y": 4.0, "width_mm": 0.5}
    known = {True: {"note": "no width"}, False: {"crack_id": "a.jpg#A01"}}
    rows = [{**place, "measured_mm": value, **known[value is None]} for value in measured]
    text = flatten(write([crack()], checks=pd.DataFrame(rows))[0])
    assert sentence in text
    assert ("– no width" in text) == (None in measured)


def test_tilt_changes_the_scale_as_said():
    t = math.tan(math.radians(20)) * math.tan(math.radians(20))
    assert "20° changes the scale by about 30 %" in SQUARE_TO_SURFACE
    assert (1 + t) / (1 - t) == pytest.approx(1.3, abs=0.01)


def test_masks_alone_are_no_photos_without_cracks():
    text = flatten(write([], [photo(cracks=None, overlay=None, verdict="")])[0])
    assert "masks alone: nothing was measured" in text
    assert "Doubtful cracks" not in text


def test_a_folder_of_failed_photos_and_a_table_without_cracks_make_a_page():
    text = flatten(write([], [photo(status="failed", reason="no picture", overlay=None)])[0])
    assert "0 photos searched for cracks" in text
    assert "a.jpg: no picture" in text
