"""The version of the client; it is released together with the portal."""

__version__ = "0.1.0"
