"""Findings of an audit, and the sentences that it ends in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from crack_pipeline.wording.phrases import list_words

Outcome = Literal["fine", "doubtful", "not checked"]

_ORDER: tuple[Outcome, ...] = ("doubtful", "not checked", "fine")
_NO_FAULT = "No check found a fault, which does not say that the model is good."


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what came of it.

    Attributes:
        check: What was looked for, a few words.
        verdict: Whether it makes the numbers doubtful.
        short: The conclusion, one sentence.
        detail: The conclusion and the numbers behind it.
    """

    check: str
    verdict: Outcome
    short: str
    detail: str


def judge(check: str, short: str, evidence: str = "", *, is_doubtful: bool) -> Finding:
    """Write down a check that could be made.

    Args:
        check: What was looked for.
        short: The conclusion, one sentence.
        evidence: Sentences with the numbers behind it.
        is_doubtful: Whether it makes the numbers doubtful.

    Returns:
        The finding.
    """
    verdict: Outcome = "doubtful" if is_doubtful else "fine"
    return Finding(check, verdict, short, f"{short} {evidence}".strip())


def leave_open(check: str, why: str) -> Finding:
    """Write down a check that could not be made, with a sentence that says why."""
    return Finding(check, "not checked", why, why)


def report_findings(findings: Sequence[Finding]) -> dict[str, Any]:
    """Put all findings together, those that matter most first.

    Args:
        findings: In any order.

    Returns:
        JSON-ready: ``sentence`` and ``findings``.
    """
    ordered = sorted(findings, key=lambda finding: _ORDER.index(finding.verdict))
    return {
        "sentence": summarize_findings(findings),
        "findings": [asdict(finding) for finding in ordered],
    }


def summarize_findings(findings: Sequence[Finding]) -> str:
    """Say what was found, what was checked and what could not be.

    Args:
        findings: In any order.

    Returns:
        One short sentence a doubt; names of the checks where there is none.
    """
    by = {verdict: [one for one in findings if one.verdict == verdict] for verdict in _ORDER}
    if by["doubtful"]:
        text = "Be careful: " + " ".join(one.short for one in by["doubtful"])
    elif by["fine"]:
        text = f"{_NO_FAULT} Checked: {list_words([one.check for one in by['fine']])}."
    else:
        return "Nothing was checked, so nothing is known against or for these numbers."
    if by["not checked"]:
        text += f" Not checked: {list_words([one.check for one in by['not checked']])}."
    return text
