"""The supply plan as one linear programme: what goes in, its decisions and rules, its prices."""
