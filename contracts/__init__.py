"""What others may rely on: the input, the outputs, their vocabularies and their headers.

Imports pydantic and the standard library only, so that a subscriber can use it alone.
"""
