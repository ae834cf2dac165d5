"""Kedro datasets of this project; what they need is imported when they load or save."""
