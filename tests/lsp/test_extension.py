"""The VS Code extension's manifest says what the servers and the pages say. Reads files; needs no node."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from neuraldbg.dap.settings import LAUNCH_SETTINGS
from neuraldbg.lsp.commands import NAMES
from neuraldbg.lsp.settings import LIMITS, names

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lsp" / "vscode"
TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "vscode.md").read_text(encoding="utf-8")


def settings(manifest: dict[str, Any]) -> dict[str, Any]:
    groups = [group["properties"] for group in manifest["contributes"]["configuration"]]
    found = {name: setting for group in groups for name, setting in group.items()}
    assert len(found) == sum(map(len, groups)), "a setting stands in two groups"
    return found


def documented(page: str) -> dict[str, Any]:
    """Settings of the extension's own: name -> default."""
    rows = re.findall(r"^\| `([\w.]+)` \| `(.+?)` \|", page, re.MULTILINE)
    return {name: json.loads(default) for name, default in rows}


def test_settings_are_the_servers_and_the_documented_ones(manifest: dict[str, Any], page: str) -> None:
    server = {name: default for name, default in names().items() if name != "trusted"}
    own = documented(page)
    assert not own.keys() & names().keys()
    found = {name.removeprefix("neuraldbg."): setting for name, setting in settings(manifest).items()}
    assert {name: setting["default"] for name, setting in found.items()} == server | own
    for name, setting in found.items():
        assert setting["type"] == TYPES[type(setting["default"])], name
        assert len(setting["markdownDescription"]) > 20, name
        assert (setting.get("minimum"), setting.get("maximum")) == LIMITS.get(name, (None, None)), name


def test_trust_is_no_setting(manifest: dict[str, Any]) -> None:
    assert "neuraldbg.trusted" not in settings(manifest)
    untrusted = manifest["capabilities"]["untrustedWorkspaces"]
    assert untrusted["supported"] == "limited"
    startable = {name for name, setting in settings(manifest).items() if setting["scope"] == "machine-overridable"}
    assert set(untrusted["restrictedConfigurations"]) == startable
    assert {"neuraldbg.interpreter", "neuraldbg.command", "neuraldbg.server", "neuraldbg.model"} <= startable


def test_commands_are_documented_and_none_is_the_servers(manifest: dict[str, Any], page: str) -> None:
    commands = {entry["command"] for entry in manifest["contributes"]["commands"]}
    # the language client registers those of the server: two of one name cannot be
    assert not commands & {f"neuraldbg.{name}" for name in NAMES}
    assert (
        set(re.findall(r"`(neuraldbg\.\w+)`", page.partition("## Commands")[2].partition("## Debugging")[0]))
        == commands
    )


def test_menus_and_walkthrough_name_commands_that_are_there(manifest: dict[str, Any]) -> None:
    contributes = manifest["contributes"]
    commands = {entry["command"] for entry in contributes["commands"]}
    for items in contributes["menus"].values():
        assert {item["command"] for item in items if "command" in item} <= commands
    for walkthrough in contributes["walkthroughs"]:
        for step in walkthrough["steps"]:
            assert set(re.findall(r"\(command:([\w.]+)\)", step["description"])) <= commands
            (picture,) = [path for key, path in step["media"].items() if key != "altText"]
            assert (FOLDER / picture).is_file(), picture


def test_server_commands_are_documented() -> None:
    text = (ROOT / "docs" / "lsp.md").read_text(encoding="utf-8").partition("## Commands")[2].partition("\n## ")[0]
    assert set(re.findall(r"`neuraldbg\.(\w+)`", text)) == set(NAMES)


def test_launch_attributes_are_those_of_the_adapter(manifest: dict[str, Any]) -> None:
    (debugger,) = manifest["contributes"]["debuggers"]
    attributes = debugger["configurationAttributes"]["launch"]["properties"]
    # `entry` is another name of `function`; VS Code sets noDebug itself
    assert set(attributes) == LAUNCH_SETTINGS - {"entry", "noDebug"}
    for configuration in [
        *debugger["initialConfigurations"],
        *(snippet["body"] for snippet in debugger["configurationSnippets"]),
    ]:
        assert set(configuration) <= {"type", "request", "name", *attributes}
        assert configuration["type"] == debugger["type"] == "neuraldbg"


def test_the_lock_names_no_registry_and_pins_what_the_manifest_asks_for(manifest: dict[str, Any]) -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert "://" not in package.get("resolved", ""), name
    for name, wanted in manifest["devDependencies"].items():
        found = lock["packages"][f"node_modules/{name}"]
        assert wanted.startswith("file:") or found["version"] == wanted, name
        assert wanted.startswith("file:") or re.match(r"(\(?MIT|Apache-2\.0|ISC|BSD)", found["license"]), name


def test_versions_and_licences_agree(manifest: dict[str, Any]) -> None:
    from neuraldbg import __version__

    assert manifest["version"] == __version__ and manifest["license"] == "Apache-2.0"
    assert (FOLDER / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
