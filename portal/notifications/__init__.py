"""Tell people by mail or webhook what they asked to be told, and operators what they have to know."""
