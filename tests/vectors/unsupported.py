"""What an adapter says of a case that hera_engine has no public name for yet."""


class UnsupportedCase(Exception):
    """The case asks for something this version does not have; the text says what."""
