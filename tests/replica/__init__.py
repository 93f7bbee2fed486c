"""A press office on loopback: a real HTTP server process that looks like the site of the President of
Armenia.

The demo, the tests and the benchmark crawl it. Every text and every person in it is invented for this
purpose; only the shape of the pages follows the real site. Start it with ``python -m tests.replica`` or from
Python with :class:`tests.replica.client.Replica`.
"""
