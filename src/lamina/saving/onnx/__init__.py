"""Models as files of ONNX: from the graph that engines run, op by op, to the nodes of that format.

`export` traces the model and writes the file; `lower` walks the graph and knows no op; each of the
other files is a table from ops to ONNX nodes. `compact` finds what ONNX has one node for.
"""
