"""Drawing of the synthetic sample: surfaces, cracks, what fools detectors, and the camera."""
