"""Shoter: from toxin hits to the orders and species that a strain is likely to act on.

hits.py       All_Toxins.txt and toxins.json -> Hit
units.py      hits -> units that act as one (copies, fragments, pairs)
weights.py    the weight of a hit
table.py      the specificity facts, and their checks
evidence.py   facts -> probability that a toxin acts on a target
scoring.py    units x evidence -> scores of a strain
intervals.py  uncertainty of the scores
output.py     the files of docs/use/formats-shoter.md
run.py        all steps, in order
"""
