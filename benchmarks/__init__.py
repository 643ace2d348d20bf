"""Measurements: never tests, never in continuous integration."""
