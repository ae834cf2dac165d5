"""What a report prints beside a model: methods that anyone can have without training a network."""
