import itertools
import re
from html.parser import HTMLParser

import pytest
from tests.reporting.contents import (
    make_manifest,
    make_model_info,
    make_shelf,
    make_subject,
    photo_sheet,
)

from crack_pipeline.manifest import SET_ASIDE
from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.reporting.page import list_training_facts, render_report
from crack_pipeline.reporting.pictures import PictureShelf, collect_pictures
from crack_pipeline.task_specs import task_names

RUNS = re.compile(r"[ \n]+")
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


def read(task="segmentation", **changes) -> Page:
    return Page(render_report(make_subject(task, **{"pictures": make_shelf(), **changes})))


@pytest.mark.parametrize("task", task_names())
def test_a_full_run_is_a_well_formed_page_that_loads_nothing(task):
    sheets = ("explanation_sheet", "activation_maps")
    large = collect_pictures({name: photo_sheet(1700, 900) for name in sheets})
    shelf = PictureShelf({**make_shelf().found, **large.found}, {})
    html = render_report(make_subject(task, pictures=shelf))
    page = Page(html)
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "en"}]
    sources = [image["src"] for image in page.all("img")]
    # Three of the four examples stand at the top, too; the sheet is for evaluations without them.
    left_out = 3 if task == "classification" else 1
    assert len(sources) == len(shelf.found) - left_out + 3
    assert all(source.startswith("data:image/") for source in sources)
    assert all(link["href"].startswith("#") for link in page.all("a"))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "url(" not in html
    assert "@import" not in html
    assert len(html) < 6_000_000


@pytest.mark.parametrize("task", task_names())
def test_without_anything_optional_the_page_says_what_is_missing(task):
    page = read(
        task,
        evaluation={},
        metrics={},
        model_info={"task": task, "model": "unet", "tile_px": 256},
        explanation_scores=[],
        pictures=PictureShelf({}, {}),
    )
    assert page.all("img") == []
    assert "Calibration: not measured by this evaluation." in page.text
    assert "What the model looks at: run kedro run --pipeline=explain" in page.text
    assert ("What an inspector asks: not measured" in page.text) == (task == "segmentation")
    assert "not tracked" in page.text
    assert "Nothing was checked." in page.text


def test_numbers_verdict_and_photos_stand_before_the_sections_by_question():
    page = read()
    order = [name for tag, one in page.tags if tag == "section" and (name := one.get("id"))]
    assert order[:2] == ["verdict", "photos"]
    sections = [name for name in order if name in {"good", "failures", "belief", "made", "missing"}]
    assert sections == ["good", "failures", "belief", "made"]
    assert page.text.index("Crack length found") < page.text.index("Verdict")
    assert page.text.index("How good is it?") < page.text.index("What an inspector asks")


def test_anchors_are_unique_and_links_lead_to_them():
    page = read()
    anchors = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(anchors)) == len(anchors)
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(anchors)
    labels = [attributes.get("aria-labelledby") for attributes in page.all("section")]
    assert {label for label in labels if label} <= set(anchors)


def test_each_picture_opens_large_and_closes_at_its_place():
    page = read()
    opened = [link["href"] for link in page.all("a") if link.get("class") == "open"]
    closed = [link["href"] for link in page.all("a") if link.get("class") == "close"]
    assert len(opened) == len(page.all("figure"))
    assert closed == [f"#at-{target.removeprefix('#')}" for target in opened]


def test_it_can_be_read_without_seeing_it():
    page = read()
    assert all(image["alt"] and image["width"] and image["height"] for image in page.all("img"))
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_alternative_texts_say_what_a_task_has():
    alts = {task: [image["alt"] for image in read(task).all("img")] for task in task_names()}
    assert any("beside truth, prediction and" in alt for alt in alts["segmentation"])
    assert not any("prediction and" in alt for alt in alts["classification"])
    assert any("Share of wrong labels" in alt for alt in alts["classification"])


def test_long_tables_are_folded_away():
    page = read()
    assert page.all("details") == [{}] * 5
    assert page.text.count("All 6 scores") == 1


def test_an_inspector_gets_answers_in_words_with_units():
    text = RUNS.sub(" ", read().text)
    assert "Cracks from 4.31\u00a0px width on are found 9 times of 10 (a90), with 95" in text
    assert "760 of 966 pieces of crack up to 10 px wide were found. Cracks from 4.31" in text
    assert "87.1\u00a0% of the length of all cracks was found. Cracks from 4.9" in text
    assert "\u00a0% confidence from 5.02\u00a0px on." in text
    assert "5 of 5 pieces of about 20 px length are found." in text
    assert "It marks crack on 21 of 30 photos without crack." in text
    assert "between −3.05 and 3.27\u00a0px" in text
    assert "set evaluation.segmentation.mm_per_px" in text


def test_widths_in_millimetres_stand_where_the_scale_is_known():
    evaluation = make_subject().evaluation
    detection = {**evaluation["detection"], "a90_mm": 1.29, "l90_px": None, "l90_note": "few units"}
    width = {**evaluation["width"], "bias_mm": 0.033, "low_mm": -0.92, "high_mm": 0.98}
    page = read(evaluation={**evaluation, "detection": detection, "width": width})
    text = RUNS.sub(" ", page.text)
    assert "Cracks from 4.31\u00a0px (1.29\u00a0mm) width on" in text
    assert "drawn 0.033\u00a0mm too wide on average" in text
    assert "found over 9 tenths of their length is not known. Few units." in text
    assert "mm_per_px" not in text


@pytest.mark.parametrize(
    ("task", "risk"), [("segmentation", "1 − Dice"), ("classification", "wrong labels")]
)
def test_what_risk_means_is_said(task, risk):
    text = read(task).text
    assert f"The risk is {'the share of ' if task == 'classification' else ''}{risk}" in text
    assert "Handing over the 22.2\u00a0% of photos" in text


def test_the_rule_of_the_threshold_and_its_note_stand_above_the_curves():
    decision = {"threshold": 0.47, "chosen_by": "the highest F1", "note": "few photos"}
    text = read(decision=decision).text
    assert "probability is at least 0.47: the highest F1. Few photos." in text


def test_texts_of_others_are_escaped():
    attack = '<script>alert("x")</script>'
    stratum = {"by": attack, "stratum": attack, "photos": 1, "metrics": {attack: 0.5}}
    example = dict.fromkeys(("heading", "image_id", "caption"), attack)
    evaluation = {
        "audit": {"sentence": attack, "findings": [{"check": attack, "verdict": "doubtful"}]},
        "strata": [stratum],
        "protocols": [{"group": attack, "label": attack, "value": 1.0, "note": attack}],
        "detection": {"note": attack},
        "examples": [{**example, "kind": "missed", "figure": "example_missed_1"}],
    }
    subject = make_subject(
        dataset=attack, evaluation=evaluation, notes=[attack], pictures=make_shelf()
    )
    html = render_report(subject)
    assert "<script" not in html.lower()
    assert attack in Page(html).text


def test_pictures_that_cannot_be_read_are_named():
    shelf = PictureShelf({}, {"roc_curve": "roc_curve.png cannot be read as a picture, left out."})
    assert "roc_curve.png cannot be read as a picture, left out." in read(pictures=shelf).text


def test_an_older_evaluation_shows_its_sheet_and_says_how_to_get_photos():
    evaluation = {
        name: part for name, part in make_subject().evaluation.items() if name != "examples"
    }
    page = read(evaluation=evaluation)
    assert "prediction_sheet" in [figure["id"] for figure in page.all("figure")]
    assert "run kedro run --pipeline=evaluate with this version" in page.text


def test_the_card_says_what_the_model_is_for_and_what_it_is_not_for():
    text = read().text
    assert "It outlines cracks in photos of surfaces like those" in text
    assert "(asphalt, concrete)" in text
    assert "Widths in millimetres" in text
    assert "may bind whoever passes on or sells the model" in text
    assert "Where in the photo the crack is" in read("classification").text


def test_a_model_of_drawn_photos_is_for_trying_out():
    manifest = make_manifest("synthetic")
    manifest.loc[0, "status"] = SET_ASIDE
    text = read(manifest=manifest).text
    assert "knows no real surface" in text
    assert "bind whoever passes on" not in text
    assert "each with a reason: 1." in text


def test_intervals_and_percentages_stay_on_one_line():
    html = render_report(make_subject())
    assert "0.809\u00a0to\u00a00.879" in html
    assert " %" not in Page(html).text


def test_the_same_run_gives_the_same_page():
    assert render_report(make_subject()) == render_report(make_subject())


def facts_of(**changes) -> dict[str, str]:
    return dict(
        list_training_facts(read_model_info({**make_model_info("segmentation"), **changes}))
    )


def test_recipe_seed_backend_device_epochs_and_time_are_told():
    facts = facts_of()
    assert facts["Seed"] == "7"
    assert (facts["Backend"], facts["Device"]) == ("tensorflow", "cpu")
    assert facts["Side of its square input"] == "256\u00a0px"
    assert facts["Best epoch, whose weights are kept"] == "3, validation F1 0.700"
    assert facts["Highest learning rate at an epoch's end"] == "0.001"
    assert facts["Time"] == "3 min 20 s"
    assert "Momentum of averaged weights" not in facts


def test_a_model_without_history_has_no_course():
    facts = facts_of(history=[], best_value=None)
    assert facts["Best epoch, whose weights are kept"] == "3"
    assert "Time" not in facts
    assert facts_of(run_id=None)["MLflow run"] == "not tracked"


def test_scores_on_composites_say_so_wherever_they_stand():
    text = render_report(make_subject(manifest=make_manifest("starter"), pictures=make_shelf()))
    assert text.count("On composites: cracks were drawn onto photos of real surfaces.") == 2
    assert text.count("(on composites)</h") == 4
    assert "on composites" not in render_report(make_subject(pictures=make_shelf()))
