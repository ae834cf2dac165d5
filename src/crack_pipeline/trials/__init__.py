"""Trials: trainings of given manifests, one after another, each in a fresh child process."""
