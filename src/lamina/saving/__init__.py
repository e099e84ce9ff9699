"""Saving and loading: what is read from a file is checked before anything is made of it."""
