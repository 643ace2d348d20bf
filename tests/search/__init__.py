"""Tests of the search room: exact ranking, explanations, near-duplicates, and the catalogue under faults."""
