"""The public language of Samspel: events, topics, code lists and the catalogue of insatser.

Everything the services say to each other, and to agencies, is defined here and nowhere else.
This package imports nothing else of the repository.
"""
