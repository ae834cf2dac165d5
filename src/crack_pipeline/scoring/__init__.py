"""Masks and probability maps that any program wrote, made ready to be measured like our own."""
