"""Names of the numbers of a part in words; names without their unit, as ``split_unit`` leaves them.

A name means different things in different parts (``low`` is an end of an interval here and a limit
of agreement there), so that each part has words of its own.
"""

from collections.abc import Mapping

DETECTION: Mapping[str, str] = {
    "a90": "a90: 9 of 10 pieces detected from this width on",
    "a90_95": "a90/95: upper 95 % bound of a90",
    "l90": "l90: 90 % of the length found from this width on",
    "l90_95": "l90/95: upper 95 % bound of l90",
    "bound_note": "Why there is no a90/95",
    "l90_note": "Why there is no l90",
    "l90_bound_note": "Why there is no l90/95",
    "units": "Pieces of crack, up to 10 px wide",
    "detected": "Of these detected",
    "wider_units": "Pieces of wider cracks",
    "wider_detected": "Of these detected",
    "groups": "Source photos that they are from",
    "narrowest": "Narrowest piece",
    "widest": "Widest piece, up to 10 px",
    "by_width": "by width",
    "from": "From",
    "to": "To",
    "length": "Length",
    "share_found": "Share of the length found",
}
"""Of ``detection``."""

DETECTION_DETAILS: Mapping[str, str] = {
    "intercept": "Intercept of the logistic fit on the logarithm of the width in px",
    "slope": "Slope of the same fit: the higher, the sharper the step",
    "a90_95_delta": "a90/95 by the delta method, which takes pieces of one photo for independent "
    "and so is mostly too low",
}
"""Of ``detection``, for those who check the fit."""

DETECTION_TABLE: Mapping[str, str] = {**DETECTION, "units": "Pieces", "detected": "Detected"}
"""Of the table by width."""

FALSE_ALARMS: Mapping[str, str] = {
    "all_photos": "All photos",
    "crack_free_photos": "Photos without crack",
    "crack_free_elsewhere": "Photos without crack of another data set",
}
"""Of ``false_alarms``: the photos that are counted."""

FALSE_ALARM_COLUMNS: Mapping[str, str] = {
    "photos": "Number",
    "photos_with_false_alarms": "With false crack",
    "area_share": "Share of the area",
    "px_per_megapixel": "Length (px per megapixel)",
    "m_per_m2": "Length (m per m²)",
}
"""Of the table of ``false_alarms``."""

WIDTH: Mapping[str, str] = {
    "points": "Points compared",
    "points_missed": "Points without predicted crack, left out",
    "mean_true": "Mean true width",
    "bias": "Bias: mean of predicted less true width",
    "low": "Lower limit of agreement",
    "high": "Upper limit of agreement",
}
"""Of ``width``."""

_CALIBRATION = {
    "ece": "Expected calibration error (ECE)",
    "mce": "Largest calibration error (MCE)",
    "brier": "Brier score",
}

CALIBRATION: Mapping[str, str] = {
    "temperature": "Temperature",
    **_CALIBRATION,
    **{f"{name}_after_temperature": f"{text} after scaling" for name, text in _CALIBRATION.items()},
}
"""Of ``calibration``."""

RISK: Mapping[str, str] = {
    "aurc": "Mean risk over all coverages (AURC)",
    "oracle_aurc": "The same if photos were handed over in the best order",
    "excess_aurc": "What the order costs: the one less the other",
    "risk_of_all": "Risk when no photo is handed over",
    "share_to_hand_over_to_halve_the_risk": "Share of photos to hand over to halve the risk",
}
"""Of ``risk_coverage``."""
