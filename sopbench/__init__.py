"""sopbench: a workbench for the monthly Sales & Operations Planning cycle."""
