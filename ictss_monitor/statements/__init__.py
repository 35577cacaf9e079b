"""Statements: what is sealed, the evidence it stands on, and the file from which anybody works it out again; pure."""
