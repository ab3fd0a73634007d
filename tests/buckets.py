"""An S3 server for tests: a real one on loopback, and the environment in which s3fs finds it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from typing import Any

import pytest


def environment(port: int) -> dict[str, str]:
    """Variables of a process whose buckets are behind a port."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",  # by itself it waits between five
    }


def storage(port: int) -> Any:
    """A client of the server behind a port."""
    import boto3

    url = environment(port)["AWS_ENDPOINT_URL"]
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)


def bucket(port: int) -> str:
    """The URL of a new bucket."""
    name = f"jobs-{uuid.uuid4().hex[:12]}"
    storage(port).create_bucket(Bucket=name)
    return f"s3://{name}"


@pytest.fixture(scope="module")
def s3() -> Iterator[int]:
    """The port of an S3 server."""
    pytest.importorskip("moto.server")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()
