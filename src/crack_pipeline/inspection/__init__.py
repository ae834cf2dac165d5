"""From a folder of new photos to a report of their cracks."""
