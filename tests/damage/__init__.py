"""Every file that one process leaves for another, damaged in every way, and what is seen then."""
