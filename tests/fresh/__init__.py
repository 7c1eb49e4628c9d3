"""The whole, as on a machine that has nothing yet: python -m tests.fresh"""
