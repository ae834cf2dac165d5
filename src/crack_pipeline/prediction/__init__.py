"""The one predictor: whatever needs a mask or a label for a whole photo gets it from here."""
