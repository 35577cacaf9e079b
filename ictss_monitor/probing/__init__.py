"""Decides when each probe runs, bounds its time and memory, and puts what it found on the queue."""
