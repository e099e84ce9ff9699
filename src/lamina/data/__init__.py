"""Everything between the user's data and the program: arrays, splits, weights, checks, batches."""
