"""Drawings of models: boxes and arrows, placed here and written as SVG, PNG or DOT."""
