"""Made-up evaluations, one a task, with the names that ``evaluate`` writes."""

from typing import Any

from crack_pipeline.types import Task

KINDS = {
    "best": "Best",
    "typical": "Typical",
    "missed": "Missed cracks, the worst first",
    "false_alarm": "False cracks, the worst first",
}


def make_evaluation(task: Task) -> dict[str, Any]:
    """An evaluation with every part that the task has."""
    evaluation = _evaluate_masks() if task == "segmentation" else _evaluate_labels()
    examples = [
        {
            "figure": f"example_{kind}_1",
            "kind": kind,
            "heading": heading,
            "image_id": f"photo_{kind}",
            "caption": "22 % of the crack length found",
        }
        for kind, heading in KINDS.items()
    ]
    return {**evaluation, "examples": examples}


def make_metrics(task: Task) -> dict[str, float]:
    """Flat metrics of the same evaluation: the model's, the baseline's and their difference."""
    if task == "segmentation":
        return {
            "validation_f1_pooled": 0.861,
            **_metrics("f1_pooled", 0.849, baseline=0.779, difference=(0.025, 0.132)),
            **_metrics("f1_tolerance_2px_pooled", 0.921, baseline=0.81),
            **_metrics("cldice_pooled", 0.899, baseline=0.7),
            **_metrics("dice_mean", 0.832, baseline=0.71),
            "test_hausdorff95_px_mean": 23.456,
            "test_false_length_px_per_megapixel": 1429.8183,
            "test_photos": 237,
            "test_photos_without_crack": 30,
        }
    return {
        "validation_f1": 0.96,
        **_metrics("f1", 0.951, baseline=0.9, difference=(-0.012, 0.114)),
        **_metrics("balanced_accuracy", 0.688, baseline=0.583),
        **_metrics("auc", 0.97, baseline=0.75),
        "test_recall": 0.958,
        "test_specificity": 0.417,
        "test_photos": 36,
    }


def _metrics(
    name: str, value: float, *, baseline: float, difference: tuple[float, float] | None = None
) -> dict[str, float]:
    found = {f"test_{name}": value, f"test_baseline_{name}": baseline}
    if difference is not None:
        low, high = difference
        stem = f"test_{name}_minus_baseline"
        found |= {stem: value - baseline, f"{stem}_low": low, f"{stem}_high": high}
    return found


def _row(name: str, label: str, value: float, agreement: float | None = None) -> dict[str, Any]:
    ends = {"low": value - 0.04, "high": value + 0.03}
    return {"name": name, "label": label, "value": value, **ends, "agreement": agreement}


def _protocol(group: str, name: str, label: str, value: float, note: str = "") -> dict[str, Any]:
    ends = {"low": value - 0.05, "high": value + 0.05}
    return {"group": group, "name": name, "label": label, "value": value, **ends, "note": note}


def _stratum(by: str, stratum: str, photos: int, f1: float) -> dict[str, Any]:
    metrics = {"f1_tolerance_2px_pooled": f1, "recall_tolerance_2px_pooled": f1 - 0.01}
    return {"by": by, "stratum": stratum, "photos": photos, "metrics": metrics}


def _alarms(photos: int, alarmed: int, length: float) -> dict[str, Any]:
    return {
        "photos": photos,
        "photos_with_false_alarms": alarmed,
        "area_share": 0.012,
        "px_per_megapixel": length,
        "m_per_m2": None,
    }


_LINE = "centreline_{}_tolerance_2px_pooled"


def _interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


def _evaluate_masks() -> dict[str, Any]:
    return {
        "decision": {},
        "baseline": {"name": "black-hat"},
        "headline": [
            _row("f1_tolerance_2px_pooled", "F1 with 2 px tolerance", 0.921, 0.985),
            _row("cldice_pooled", "clDice, pooled", 0.899, 0.967),
            _row("f1_pooled", "F1 (Dice), pooled", 0.849, 0.871),
            _row("dice_mean", "Dice, mean of photos", 0.832),
            _row("recall_tolerance_2px_thin_pooled", "thin cracks, recall", 0.57),
            _row("hausdorff95_px_mean", "Hausdorff distance, 95th percentile, px", 23.456),
            {
                "name": "a90_px",
                "label": "a90: crack width detected in 9 of 10 cases, px",
                "value": 4.31,
                "low": None,
                "high": 5.02,
                "agreement": None,
            },
        ],
        "protocols": [
            _protocol("pixels", "f1_pooled", "F1 (Dice), pooled", 0.849),
            _protocol(
                "pixels",
                "miou_with_background_pooled",
                "mIoU with background",
                0.861,
                "for comparison with published numbers only",
            ),
            _protocol("structure", _LINE.format("recall"), "recall of centrelines", 0.912),
            _protocol("structure", _LINE.format("precision"), "precision of centrelines", 0.88),
            _protocol("structure", "cldice_mean", "clDice, mean of photos", 0.898),
            {
                "group": "structure",
                "name": "hausdorff95_px_mean",
                "label": "Hausdorff 95, mean of photos, in px",
                "value": 23.456,
                "low": None,
                "high": None,
                "note": "photos where only one side is empty are left out",
            },
        ],
        "strata": [
            _stratum("crack width", "below 3 px", 31, 0.479),
            _stratum("crack width", "3 to 8 px", 120, 0.957),
            _stratum("crack width", "above 8 px", 86, 0.947),
            _stratum("surface", "asphalt", 90, 0.91),
            _stratum("surface", "concrete", 147, 0.93),
        ],
        "false_alarms": {
            "all_photos": _alarms(237, 32, 1429.8183),
            "crack_free_photos": _alarms(30, 21, 1870.161),
        },
        "detection": {
            "a90_px": 4.31,
            "a90_95_px": 5.02,
            "note": "the scale of these photos is not known",
            "l90_px": 4.9,
            "l90_95_px": 6.2,
            "l90_mm": None,
            "l90_95_mm": None,
            "units": 966,
            "detected": 760,
            "wider_units": 5,
            "wider_detected": 5,
            "groups": 24,
            "narrowest_px": 1.5,
            "widest_px": 9.7,
            "intercept": -2.02,
            "slope": 4.17,
            "a90_95_delta_px": 2.93,
            "a90_95_delta_mm": None,
            "by_width": [
                {"from_px": 1, "to_px": 2, "length_px": 4120, "share_found": 0.61, "units": 206},
                {"from_px": 5, "to_px": 6, "length_px": 18200, "share_found": 0.93, "units": 760},
            ],
            "band": {"width_px": [1.5, 9.7], "low": [0.3, 0.9], "high": [0.5, 1.0]},
        },
        "photos": [{"line_predicted": 100, "line_predicted_near": 88}],
        "width": {
            "points": 12794,
            "points_missed": 3864,
            "mean_true_px": 3.755,
            "bias_px": 0.11,
            "low_px": -3.05,
            "high_px": 3.27,
            "bias_mm": None,
        },
        "calibration": {
            "temperature": 1.31,
            "ece": _interval(0.043),
            "mce": _interval(0.428),
            "brier": _interval(0.031),
            "ece_after_temperature": _interval(0.019),
            "mce_after_temperature": _interval(0.2),
            "brier_after_temperature": _interval(0.03),
        },
        "risk_coverage": _make_risk(),
        "audit": {
            "sentence": "Nothing that was checked makes these numbers doubtful but one finding",
            "findings": [
                {
                    "check": "near duplicates of test photos in train",
                    "verdict": "doubtful",
                    "detail": "3 test photos show what 2 train photos show.",
                },
                {"check": "exact duplicates", "verdict": "fine", "detail": "None."},
                {"check": "border alone", "verdict": "not checked", "detail": "No labels."},
            ],
        },
    }


def _make_risk() -> dict[str, Any]:
    return {
        "aurc": 0.435,
        "oracle_aurc": 0.2,
        "excess_aurc": 0.235,
        "risk_of_all": 0.46,
        "share_to_hand_over_to_halve_the_risk": 0.222,
        "coverage": [0.5, 1.0],
        "risk": [0.2, 0.46],
    }


def _evaluate_labels() -> dict[str, Any]:
    return {
        "decision": {},
        "baseline": {"name": "percentiles"},
        "classes": {
            "no crack": {"recall": 5 / 12, "support": 12.0},
            "crack": {"recall": 23 / 24, "support": 24.0},
        },
        "headline": [
            _row("f1", "F1", 0.951),
            _row("balanced_accuracy", "balanced accuracy", 0.688),
            _row("auc", "area under ROC", 0.97),
        ],
        "protocols": [_protocol("classification", "mcc", "Matthews' correlation", 0.9)],
        "strata": [],
        "photos": [
            {"image_id": str(number), "label": label, "probability": 0.6, "right": right}
            for number, (label, right) in enumerate(((1, True), (1, True), (0, True), (0, False)))
        ],
        "calibration": {"temperature": 1.2, "ece": _interval(0.012), "brier": _interval(0.02)},
        "risk_coverage": _make_risk(),
        "audit": {
            "sentence": "Nothing that was checked makes these numbers doubtful.",
            "findings": [],
        },
    }
