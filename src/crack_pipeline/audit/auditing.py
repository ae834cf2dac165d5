"""Audit an evaluation: all checks, and the sentence that they end in."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crack_pipeline.audit.findings import report_findings
from crack_pipeline.audit.photo_features import read_features
from crack_pipeline.audit.score_checks import (
    check_all_cracked,
    check_baseline,
    check_level,
    check_trivial_models,
)
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.audit.split_checks import (
    check_classes,
    check_exact_copies,
    check_groups,
    check_near_copies,
    check_sources,
)
from crack_pipeline.manifest import usable_rows
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import SPLITS, Task
from crack_pipeline.wording.scores import read_scores


def audit_evaluation(
    manifest: pd.DataFrame,
    task: Task,
    metrics: Mapping[str, float],
    baseline: Mapping[str, Any],
    settings: AuditSettings,
    *,
    agreement: Mapping[str, float] | None = None,
    headline: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Look for what speaks against believing an evaluation.

    Photos of all splits are read once, at most ``settings.max_photos`` of each.

    Args:
        manifest: The validated manifest that the model was trained and measured with.
        task: What the model was trained for.
        metrics: Flat numbers of the evaluation, ``test_<metric>``, ``test_baseline_<metric>`` and
            ``test_<metric>_minus_baseline`` with its bounds.
        baseline: What was measured beside it; ``name`` is used.
        settings: From when on a number is doubtful.
        agreement: Metric without the split → what repeated annotations agree at; None where it is
            not known.
        headline: Entries of the report with ``name`` and ``low``, for the intervals.

    Returns:
        JSON-ready: ``sentence``, and ``findings`` with ``check``, ``verdict`` ("fine", "doubtful"
        or "not checked"), ``short`` and ``detail``, the doubtful ones first. No finding where the
        audit is off.
    """
    if not settings.enabled:
        return {"sentence": "These numbers were not audited: the audit is off.", "findings": []}
    rows = usable_rows(manifest)
    rows = rows[rows["split"].isin(SPLITS)].reset_index(drop=True)
    seen = read_features(rows, settings)
    lower = {score.name: score.low for score in read_scores(headline)}
    findings = [
        check_exact_copies(rows),
        check_near_copies(rows, seen, settings),
        *check_groups(rows),
        check_sources(rows, settings),
    ]
    is_drawn = bool((rows["source"] == "synthetic").all())
    spec, name = task_spec(task), str(baseline.get("name", "baseline"))
    if spec.truth != "photos":
        findings.append(check_classes(rows))
    if spec.audited_metrics:
        findings.append(check_level(metrics, task, settings, agreement, is_drawn=is_drawn))
        findings.append(check_baseline(metrics, task, settings, baseline=name))
    if spec.truth != "photos":
        findings.append(check_trivial_models(seen, task, settings, metrics=metrics, lower=lower))
    if spec.truth == "labels":
        findings.append(check_all_cracked(rows, metrics, settings))
    return report_findings(findings)
