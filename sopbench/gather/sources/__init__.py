"""Where a company keeps its data: files of many forms, a mapping of SQL over files or over a database."""
