"""Reviews out to people and back: CSV, Parquet, Label Studio and Argilla."""
