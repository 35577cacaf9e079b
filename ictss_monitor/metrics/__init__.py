"""What Prometheus scrapes: states, latencies and figures by our own writer, the daemon's own counters by a library."""
