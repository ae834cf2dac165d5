"""Crack models from inspection photos: trained, measured, explained and tracked."""

import os

# TensorFlow reads these when it is first imported, wherever that is; the user's own setting wins.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

__version__ = "0.1.0"
