"""What the vectors are made of: a module for each group of features, in the order of their numbers.

A module has FEATURES, a list of build.Feature.
"""
