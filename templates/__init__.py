"""Templates of the pages (html/) and of the report (report/); installed as the package `portal.templates`."""
