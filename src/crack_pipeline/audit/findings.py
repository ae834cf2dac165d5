"""What an audit finds, and the sentence that it ends in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from crack_pipeline.wording.phrases import list_words

Verdict = Literal["fine", "doubtful", "not checked"]

_SHOWN = 3
_NO_FAULT = "No check found a fault, which does not say that the model is good."


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what came of it.

    Attributes:
        check: What was looked for, a few words.
        verdict: Whether it makes the numbers doubtful.
        detail: One or two sentences with the numbers.
    """

    check: str
    verdict: Verdict
    detail: str


def judge(check: str, detail: str, *, is_doubtful: bool) -> Finding:
    """Write down a check that could be made.

    Args:
        check: What was looked for.
        detail: What was found.
        is_doubtful: Whether it makes the numbers doubtful.

    Returns:
        The finding.
    """
    return Finding(check, "doubtful" if is_doubtful else "fine", detail)


def report_findings(findings: Sequence[Finding]) -> dict[str, Any]:
    """Put all findings together, those that matter most first.

    Args:
        findings: In any order.

    Returns:
        JSON-ready: ``sentence`` and ``findings``.
    """
    ranks: list[Verdict] = ["doubtful", "not checked", "fine"]
    ordered = sorted(findings, key=lambda finding: ranks.index(finding.verdict))
    return {
        "sentence": summarize_findings(findings),
        "findings": [asdict(finding) for finding in ordered],
    }


def summarize_findings(findings: Sequence[Finding]) -> str:
    """Say in plain words whether the numbers can be believed.

    Args:
        findings: In any order.

    Returns:
        One sentence, and another one for what could not be checked.
    """
    by_verdict: dict[Verdict, list[Finding]] = {"doubtful": [], "fine": [], "not checked": []}
    for finding in findings:
        by_verdict[finding.verdict].append(finding)
    doubtful, fine = by_verdict["doubtful"], by_verdict["fine"]
    if doubtful:
        text = "Be careful: " + " ".join(finding.detail for finding in doubtful)
    elif fine:
        checked = list_words([finding.check for finding in fine])
        text = f"{_NO_FAULT} Checked: {checked}."
    else:
        text = "Nothing was checked, so nothing is known against or for these numbers."
    unchecked = by_verdict["not checked"]
    if unchecked and (doubtful or fine):
        text += f" Not checked: {list_words([finding.check for finding in unchecked])}."
    return text


def name_some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are.

    Args:
        names: At least one.

    Returns:
        "a, b, c and 4 more".
    """
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
