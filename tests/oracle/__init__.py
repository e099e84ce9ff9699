"""Judgement by real Keras: training cases, its recorded answers, and a live sample."""
