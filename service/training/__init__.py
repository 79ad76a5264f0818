"""How the shipped weights are made: corpus, data sets, network, training, export, figures.

Needs what ``requirements-train.txt`` lists (torch above all); nothing of it is imported at run
time.
"""
