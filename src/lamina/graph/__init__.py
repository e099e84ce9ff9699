"""The graph: nodes, tensors, traces, variables, programs."""
