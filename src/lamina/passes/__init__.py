"""Passes over graphs; `pipeline.py` lists them in order."""
