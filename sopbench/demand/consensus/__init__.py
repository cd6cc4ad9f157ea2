"""What everyone agrees on: streams weighted, overrides applied, conflicts shown."""
