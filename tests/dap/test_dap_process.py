"""``neuraldbg dap`` as a process, over stdio and TCP, with clients that behave and clients that do not."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.dap.protocol import read_message, write_message
from neuraldbg.program import Program
from tests.dap.support import Client, save_trace, start_process

SCRIPT = "x = 1\nwhile x < 100:\n    x += 1\n    print(x)\n"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return save_trace(Program.load(str(script)), tmp_path)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    found = start_process()
    yield found
    found.kill()
    found.wait()
    for stream in (found.stdin, found.stdout, found.stderr):
        assert stream is not None
        with contextlib.suppress(BrokenPipeError):
            stream.close()


def ends(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit code and stderr of an adapter that must end by itself."""
    _, stderr = process.communicate(timeout=120)
    return process.returncode, stderr.decode()


def send(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def message(**fields: Any) -> bytes:
    out = io.BytesIO()
    write_message(out, fields)
    return out.getvalue()


def test_a_session_over_stdio(process: subprocess.Popen[bytes], trace: Path) -> None:
    client = Client(process.stdout, process.stdin)
    stop = client.launch(trace=str(trace), stopOnEntry=True)
    assert stop["reason"] == "entry"
    assert client.go("continue")["reason"] == "end"
    assert client.outputs() == "".join(f"{n}\n" for n in range(2, 101))
    assert client.locals()["x"] == "100"
    client.request("disconnect")
    assert ends(process) == (0, "")
    assert not client.invalid


def test_sessions_over_tcp_are_independent(trace: Path) -> None:
    process = start_process("--port", "0", stdin=subprocess.DEVNULL)
    try:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        found = re.fullmatch(r"neuraldbg: debug adapter listens on 127\.0\.0\.1:(\d+)\n", line)
        assert found is not None, line
        clients = []
        for _ in range(2):
            connection = socket.create_connection(("127.0.0.1", int(found[1])))
            clients.append(Client(connection.makefile("rb"), connection.makefile("wb")))
            clients[-1].launch(trace=str(trace), stopOnEntry=True)
        clients[0].go("next")
        assert clients[0].place() != clients[1].place()
        clients[0].request("disconnect")
        clients[1].go("next")
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 130
    finally:
        process.kill()
        process.communicate()


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, stderr = ends(start_process("--port", str(taken.getsockname()[1]), stdin=subprocess.DEVNULL))
    assert code == 2 and stderr.startswith("neuraldbg: error: cannot listen") and stderr.count("\n") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"Content-Length: many\r\n\r\n{}",
        b"Content-Length: 1000000000000\r\n\r\n{}",
        b"Content-Length: " + b"9" * 3000 + b"\r\n\r\n",
        b"\x00" * 10_000,
    ],
)
def test_a_damaged_header_ends_it_with_the_reason(process: subprocess.Popen[bytes], data: bytes) -> None:
    send(process, data)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 3
    assert stderr.decode().startswith("neuraldbg: error: ")
    events = []
    stream = io.BytesIO(stdout)
    while (found := read_message(stream)) is not None:
        events.append(found["event"])
    assert events == ["output", "exited", "terminated"]


def test_bodies_that_are_no_messages_are_told_and_passed_over(process: subprocess.Popen[bytes]) -> None:
    client = Client(process.stdout, process.stdin)
    for body in (b"{", b"[]", b"\xff\xfe", b"7", b"[" * 100_000, b"{}", b'{"type": "response", "seq": 1}'):
        send(process, b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    client.request("initialize", adapterID="x")
    assert client.outputs("important").count("neuraldbg: error: body is not") == 5
    client.request("disconnect")
    assert ends(process)[0] == 0


def test_a_large_message_is_read(process: subprocess.Popen[bytes], trace: Path) -> None:
    client = Client(process.stdout, process.stdin)
    client.launch(trace=str(trace), stopOnEntry=True)
    frame = client.frames()[0]["id"]
    with pytest.raises(Exception, match="too long"):
        client.request("evaluate", expression="1+" * (4 << 20) + "1", frameId=frame)
    client.go("next")


@pytest.mark.parametrize("when", ["at once", "initialized", "running", "cut short"])
def test_a_client_that_vanishes_ends_it(process: subprocess.Popen[bytes], trace: Path, when: str) -> None:
    client = Client(process.stdout, process.stdin)
    if when != "at once":
        client.request("initialize", adapterID="x")
    if when == "running":
        client.request("launch", trace=str(trace))
        client.request("configurationDone")
    if when == "cut short":
        send(process, b"Content-Length: 100\r\n\r\n{")
    assert process.stdin is not None and process.stderr is not None
    process.stdin.close()
    assert process.wait(120) == 0
    assert process.stderr.read() == b""


def test_a_client_that_no_longer_reads_does_not_hang_it(process: subprocess.Popen[bytes], trace: Path) -> None:
    assert process.stdin is not None and process.stdout is not None
    process.stdout.close()
    send(process, message(seq=1, type="request", command="initialize", arguments={"adapterID": "x"}))
    send(process, message(seq=2, type="request", command="launch", arguments={"trace": str(trace)}))
    send(process, message(seq=3, type="request", command="configurationDone"))
    time.sleep(0.1)
    process.stdin.close()
    assert process.wait(120) == 0


def test_a_client_that_leaves_its_pipe_full_does_not_hang_it(process: subprocess.Popen[bytes]) -> None:
    for seq in range(2000):
        send(process, message(seq=seq, type="request", command="x" * 100))
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(120) == 0


def test_the_embedded_model_predicts_over_stdio(process: subprocess.Popen[bytes], root: Path) -> None:
    pytest.importorskip("numpy")
    pytest.importorskip("tiktoken")
    client = Client(process.stdout, process.stdin)
    stop = client.launch(program=str(root / "examples" / "demo.py"), stopOnEntry=True, steps=50)
    assert stop["reason"] == "entry"
    assert client.request("threads")["threads"] == [{"id": 1, "name": "predicted <module>"}]
    for _ in range(3):
        assert client.go("stepIn")["reason"] == "step"
    assert client.frames()[0]["name"].startswith("halve_all")
    assert client.locals()["numbers"] == "[4, 7]"  # what the text says is not guessed
    assert client.scopes()[0]["name"] == "Predicted locals"
    client.request("disconnect")
    assert ends(process) == (0, "")
