"""What is watched, for whom, and by which rules: parsed once from YAML, frozen afterwards. No I/O, no clock."""
