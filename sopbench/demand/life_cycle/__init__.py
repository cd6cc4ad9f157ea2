"""Launches, successors, phase-outs and what items take from each other."""
