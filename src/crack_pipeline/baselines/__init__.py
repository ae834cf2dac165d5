"""Baselines: methods that need no trained network, reported beside each model."""
