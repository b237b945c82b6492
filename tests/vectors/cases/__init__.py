"""What the vectors are made of: a module for each group of features.

A module that has cases has FEATURES, a list of build.Feature.
"""
