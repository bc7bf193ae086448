"""Nothing leaves the machine: no module can open a connection, and a whole run opens none."""

import re
import socket
from pathlib import Path

import pytest

import evenhand
from tests.house.stage import write_script
from tests.house.tree import SRC, imports_of, module_of, python_files, tree_of

NETWORK = re.compile(
    r"^(?:socket|ssl|http|urllib|ftplib|smtplib|imaplib|poplib|telnetlib|xmlrpc|socketserver|"
    r"asyncio|requests|httpx|aiohttp|websockets?)(?:\.|$)"
)
HARMLESS = "urllib.parse"
"""Takes addresses apart and fetches nothing."""

ASSETS = sorted(p for p in SRC.rglob("*") if p.suffix in {".html", ".js", ".css", ".svg"})


def test_no_module_can_open_a_connection() -> None:
    loaded = [(module_of(p), m) for p in python_files("src") for m in imports_of(tree_of(p))]
    assert [p for p in loaded if NETWORK.match(p[1]) and not p[1].startswith(HARMLESS)] == []


def test_no_page_loads_anything_from_elsewhere() -> None:
    sent = r"https?://|//cdn|fetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|@import"
    found = {}
    for path in ASSETS:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
        found[path.name] = re.findall(sent, text)
    assert ASSETS
    assert [name for name, calls in found.items() if calls] == []


def test_a_whole_run_opens_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    result = evenhand.examine(write_script(tmp_path / "session.txt"), out=tmp_path / "out")
    assert result.report is not None
