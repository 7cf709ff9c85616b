"""The port of the embedded stack: upload URLs of an earlier start stay valid."""

import pytest

from deploy.embedded.port import HOST, NoFreePort, listen
from shared import sockets
from tests.servers.process import free_port


def test_the_last_port_comes_first_and_a_taken_one_is_passed_over():
    last = free_port()
    with listen(None, last) as first:
        assert first.getsockname()[1] == last
        with listen(None, last) as second:
            assert second.getsockname()[1] != last


def test_a_requested_port_is_the_only_one():
    with sockets.listen(HOST, 0) as taken, pytest.raises(NoFreePort, match="is taken"):
        listen(taken.getsockname()[1], free_port())
