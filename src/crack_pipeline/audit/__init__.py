"""A second look at an evaluation: what speaks against believing its numbers?"""
