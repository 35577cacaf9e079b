"""What the contract suite tells the probe."""

SAMPLE = {"options": lambda host, port: {"address": host, "port": port}}
