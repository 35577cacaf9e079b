"""The built-in probes, one file per protocol; each is declared in the entry-point group `ictss_monitor.probes`."""
