"""The settings under test."""

from crack_pipeline import settings

globals().update({name: value for name, value in vars(settings).items() if name.isupper()})
