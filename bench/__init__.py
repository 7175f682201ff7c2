"""Measurements that print a table. Ratios from one interleaved run; never a test."""
