"""Two evaluations of the same photos: which is better, by how much, and how sure that is."""
