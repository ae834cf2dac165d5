"""Metrics: confusion counts are made once, rates are derived from them."""
