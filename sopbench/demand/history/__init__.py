"""What was sold made into what was demanded: each correction logged with its reason."""
