"""How far a mask or a label can be trusted: scores with reasons, the review table, planted faults.

Cracks are taken to be darker than what surrounds them.
"""
