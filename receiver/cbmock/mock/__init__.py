"""The external API as a mock: which operation a request is for, and its answer.

Pure: the time and the number of a call are arguments.
"""
