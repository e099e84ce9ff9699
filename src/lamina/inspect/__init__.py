"""Looking into lamina: what it found on this machine, and what it made of a model."""
