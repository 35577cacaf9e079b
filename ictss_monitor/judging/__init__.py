"""From observations to states and outages.

Pure: no clock, no I/O; the same observations always give the same outages.
"""
