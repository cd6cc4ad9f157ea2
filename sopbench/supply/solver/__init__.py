"""How the programme is solved: by size, to a proven gap, with HiGHS."""
