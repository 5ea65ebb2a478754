"""Columns and rows as they are: profile, drift, duplicates."""
