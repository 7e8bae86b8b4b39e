"""The external API as a mock: which operation a request is for, and what is answered.

Pure: what time it is and which number a call gets come in as arguments.
"""
