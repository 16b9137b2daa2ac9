"""Configuration: the settings, how they are read from the environment, and their documentation."""

from portal.config.environment import LAPTOP_DEFAULTS, read_settings, spellings
from portal.config.settings import Settings
from portal.config.table import settings_table

__all__ = ["LAPTOP_DEFAULTS", "Settings", "read_settings", "settings_table", "spellings"]
