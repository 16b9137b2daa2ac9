"""Screen a genome for virulence genes of the *Bacillus cereus* group and for its panC group."""
