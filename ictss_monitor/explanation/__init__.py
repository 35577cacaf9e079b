"""Explanation: the derivation of a figure down to its digits, and what differs between two; pure."""
