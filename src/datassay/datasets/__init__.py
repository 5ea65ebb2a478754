"""Datasets at a rev: pulled through DVC, described, and scanned lazily."""
