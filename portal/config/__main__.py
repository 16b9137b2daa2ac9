"""`python -m portal.config` prints the table of all settings."""

from portal.config.table import settings_table

if __name__ == "__main__":
    print(settings_table(), end="")
