"""`python -m portal.cli`: the same as `btportal`."""

from portal.cli.main import main

main()
