"""Reports: what a committee reads, put together from statements and the store; how it looks is in `reporting`."""
