"""Lets `python -m ictss_monitor` be the command line."""

from ictss_monitor.cli import main

main()
