"""The page as a whole, read back with a parser."""

import itertools
from html.parser import HTMLParser

import pytest
from tests.reporting.contents import draw, make_subject, photo_sheet

from crack_pipeline.reporting.known_pictures import KNOWN_PICTURES
from crack_pipeline.reporting.pictures import PictureShelf, collect_pictures
from crack_pipeline.reporting.report import list_sections, render_report
from crack_pipeline.task_specs import task_names

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Checks that every tag is closed, in order, and keeps what it met."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def shelf() -> PictureShelf:
    pictures = {file.name: draw() for file in KNOWN_PICTURES}
    for name in ("prediction_sheet", "explanation_sheet", "activation_maps"):
        pictures[name] = photo_sheet(1700, 900)
    return collect_pictures(pictures, KNOWN_PICTURES)


@pytest.mark.parametrize("task", task_names())
def test_a_full_run_is_a_well_formed_page_that_loads_nothing(task, shelf):
    html = render_report(make_subject(task, pictures=shelf))
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "en"}]
    sources = [image["src"] for image in page.all("img")]
    # Without strata and widths these two pictures only say that there is nothing to show.
    left_out = 2 if task == "classification" else 0
    assert len(sources) == len(KNOWN_PICTURES) - left_out
    assert all(source.startswith("data:image/") for source in sources)
    assert all(link["href"].startswith("#") for link in page.all("a"))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "url(" not in html
    assert "@import" not in html
    assert len(html) < 6_000_000


@pytest.mark.parametrize("task", task_names())
def test_without_anything_optional_the_page_says_what_is_missing(task):
    least = {"task": task, "model": "unet", "tile_px": 256}
    subject = make_subject(task, evaluation={}, metrics={}, model_info=least, explanation_scores=[])
    page = Page(render_report(subject))
    assert page.all("img") == []
    assert "Calibration: not measured by this evaluation." in page.text
    assert "Explanations: run kedro run --pipeline=explain" in page.text
    assert ("What an inspector asks: not measured" in page.text) == (task == "segmentation")
    assert "not tracked" in page.text


def test_sections_stand_in_their_order(shelf):
    sections, missing = list_sections(make_subject(pictures=shelf))
    assert missing == []
    assert [section.key for section in sections] == [
        "headline",
        "audit",
        "inspection",
        "protocols",
        "curves",
        "strata",
        "calibration",
        "width",
        "samples",
        "explanations",
        "training",
        "card",
    ]


def test_anchors_are_unique_and_links_lead_to_them(shelf):
    page = Page(render_report(make_subject(pictures=shelf)))
    anchors = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(anchors)) == len(anchors)
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(anchors)
    labels = [attributes.get("aria-labelledby") for attributes in page.all("section")]
    assert set(labels) <= set(anchors)


def test_it_can_be_read_without_seeing_it(shelf):
    page = Page(render_report(make_subject(pictures=shelf)))
    assert all(image["alt"] and image["width"] and image["height"] for image in page.all("img"))
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_protocols_fold_away_and_are_open_at_first_but_details_of_a_fit_are_folded(shelf):
    page = Page(render_report(make_subject(pictures=shelf)))
    assert page.all("details") == [{}, {"open": None}, {"open": None}]


def test_the_inspectors_numbers_have_units():
    page = Page(render_report(make_subject()))
    assert "a90/95" in page.text
    assert "5.02\u00a0px" in page.text
    assert "The scale of these photos is not known." in page.text


def test_texts_of_others_are_escaped():
    attack = '<script>alert("x")</script>'
    stratum = {"by": attack, "stratum": attack, "photos": 1, "metrics": {attack: 0.5}}
    evaluation = {
        "audit": {"sentence": attack, "findings": [{"check": attack, "verdict": "doubtful"}]},
        "strata": [stratum],
        "protocols": [{"group": attack, "label": attack, "value": 1.0, "note": attack}],
    }
    subject = make_subject(dataset=attack, evaluation=evaluation, notes=[attack])
    html = render_report(subject)
    assert "<script" not in html.lower()
    assert attack in Page(html).text


def test_pictures_that_were_left_out_are_named_where_they_would_be():
    shelf = PictureShelf({}, {"roc_curve": "roc_curve.png is older than the model, left out."})
    page = Page(render_report(make_subject(pictures=shelf)))
    assert "roc_curve.png is older than the model, left out." in page.text
    assert "#curves" in [link["href"] for link in page.all("a")]


def test_intervals_and_percentages_stay_on_one_line():
    html = render_report(make_subject())
    assert "0.809\u00a0to\u00a00.879" in html
    assert "95\u00a0%" in html
    assert "to outline cracks" in html


def test_the_same_run_gives_the_same_page():
    assert render_report(make_subject()) == render_report(make_subject())
