"""Version of this package, for modules that its own door leads to."""

__version__ = "0.1.0"
