"""The only place that knows SQL: evidence is appended, never edited; rows become core objects at the border."""
