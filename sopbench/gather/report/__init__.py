"""What gather reports beside the tables: findings, how good the data is, how each series sells, what has changed."""
