"""Figures of availability: pure arithmetic on intervals and calendars, in whole microseconds and exact fractions."""
