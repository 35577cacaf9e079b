"""What the daemon answers over HTTP: metrics, health, readiness. Thin views that only read."""
