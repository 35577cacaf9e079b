"""What is held of the past, written so that others can read it: histories to import again, samples for Prometheus."""
