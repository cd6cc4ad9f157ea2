"""The book: what people said about a company's cycles, with who, when and why; in a database, never overwritten."""

from sopbench.book.book import Book
from sopbench.book.conditions import Condition

__all__ = ["Book", "Condition"]
