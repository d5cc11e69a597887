"""Measurements: each prints its setup and writes JSON."""
