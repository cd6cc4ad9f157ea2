"""The pages of the meetings, one module a meeting, and what they share: frame, parts and look."""
