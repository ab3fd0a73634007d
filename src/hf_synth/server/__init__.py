"""The job server (extra `server`): the same engine behind REST, with a page to look at.

A job is a run of a config, journalled like any other; what this room adds is who may ask for it, when it runs, and how
its rows are handed out. One process answers requests, another one works, so that answers do not wait for the engine.
"""
