"""What a network has learnt and where it looks, as arrays, and scores of whether that is crack."""
