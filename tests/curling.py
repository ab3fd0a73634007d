"""Stands in for curl where there is none: what the documents ask of it, by the standard library.

It knows the options that they use, and refuses others. A real curl is preferred; a test compares what both send.
"""

from __future__ import annotations

import argparse
import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit


def main() -> None:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    for flag in ("-s", "-S", "-N"):  # it prints no progress, and holds nothing back
        parser.add_argument(flag, action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-X")
    parser.add_argument("-d")
    parser.add_argument("-o")
    parser.add_argument("url")
    given = parser.parse_args()
    address = urlsplit(given.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=100)
    headers = {name: value.strip() for name, _, value in (header.partition(":") for header in given.H)}
    body = None if given.d is None else given.d.encode()
    if body is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    method = given.X or ("GET" if body is None else "POST")
    connection.request(method, f"{address.path}?{address.query}".rstrip("?"), body, headers)
    answer = connection.getresponse()
    with Path(given.o).open("wb") if given.o else sys.stdout.buffer as out:
        while part := answer.read1(1 << 16):
            out.write(part)
            out.flush()


if __name__ == "__main__":
    main()
