"""Checks: what can be wrong with a candidate, one per file.

The file's name is the check's public name, its switch in `quality` and the cause under which drops are counted.
Modules are light: what a check needs beyond the standard library is imported on first use, after the first
API call is out.
"""
