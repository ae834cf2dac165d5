"""Networks: one builder each, found by the name that users type."""
