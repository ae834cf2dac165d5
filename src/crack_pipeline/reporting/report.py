"""The page: sections in their order, put into the template."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined

from crack_pipeline.reporting.blocks import Section
from crack_pipeline.reporting.evaluation_sections import (
    make_audit,
    make_calibration,
    make_curves,
    make_inspection,
    make_protocols,
    make_samples,
    make_strata,
    make_widths,
)
from crack_pipeline.reporting.explanation_section import make_explanations
from crack_pipeline.reporting.headline import make_headline
from crack_pipeline.reporting.model_card import make_model_card
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.reporting.summary import summarize
from crack_pipeline.reporting.training_section import make_training

MakeSection: TypeAlias = Callable[[ReportSubject], Section]
"""Writes one section of a report."""

_SECTIONS: tuple[MakeSection, ...] = (
    make_headline,
    make_audit,
    make_inspection,
    make_protocols,
    make_curves,
    make_strata,
    make_calibration,
    make_widths,
    make_samples,
    make_explanations,
    make_training,
    make_model_card,
)
_MASKS_ONLY = frozenset({"inspection", "width"})
_HINTS = {
    "explanations": "run kedro run --pipeline=explain, then kedro run --pipeline=report",
}
_INTERVAL = re.compile(r"(?<=\d) to (?=[\d−])")
_NO_NUMBERS = "not measured by this evaluation"


def list_sections(subject: ReportSubject) -> tuple[list[Section], list[str]]:
    """Write the sections that there is something to say in.

    Args:
        subject: What the report is about.

    Returns:
        The sections in their order, and a sentence for each one that is missing though the task
        could have it.
    """
    sections, missing = [], []
    for make in _SECTIONS:
        section = make(subject)
        if section.has_results or section.notes or _has_verdict(section):
            sections.append(section)
        elif subject.spec.truth == "masks" or section.key not in _MASKS_ONLY:
            missing.append(f"{section.title}: {_HINTS.get(section.key, _NO_NUMBERS)}.")
    return sections, missing


def render_report(subject: ReportSubject) -> str:
    """Write the report as one HTML page that needs nothing beside it: no file, no script, no net.

    Args:
        subject: What the report is about.

    Returns:
        The page. Every text is escaped.
    """
    environment = Environment(
        loader=PackageLoader("crack_pipeline.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_keep_together,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sections, missing = list_sections(subject)
    return environment.get_template("report.html.jinja").render(
        title=f"{subject.dataset} · {subject.task} · {subject.model}",
        subject=subject,
        summary=summarize(subject),
        sections=sections,
        missing=missing,
        written=f"{subject.written.day} {subject.written:%B %Y, %H:%M %Z}".strip(),
    )


def _keep_together(value: Any) -> Any:
    """Let no line break part a number from its percent sign, or the ends of an interval."""
    # What a macro made is markup, whose texts went through here one by one.
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _INTERVAL.sub("\u00a0to\u00a0", value.replace(" %", "\u00a0%"))


def _has_verdict(section: Section) -> bool:
    return section.key == "audit" and bool(section.paragraphs)
