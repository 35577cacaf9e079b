"""Figures from the store: evidence is read, judged and reckoned; periods are closed, sealed and explained."""
