"""Models as files of ONNX: from the graph that engines run, op by op, to the nodes of that format.

`export` traces the model and writes the file; `lower` walks the graph and knows no op; each of the
other files is a table from ops to ONNX nodes. `compact` finds what ONNX has one node for.

Numbers are those of lamina within float32's rounding; NaN among the entries of a maximum is what
the program that runs the file makes of it, as ONNX leaves that open.
"""
