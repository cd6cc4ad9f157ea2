"""What is read off a solved plan: tables, costs, shortages and their causes, pegging, checks, the S&OP grid."""
