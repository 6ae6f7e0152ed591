"""The button under a running cell, pressed as JupyterLab presses it: over a shell of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from workbench import ESPEAK

CELL = f"""
from voicemill import Studio
import pandas as pd
studio = Studio.open()
table = pd.DataFrame({{"key": [f"w{{n}}" for n in range(3000)]}})
table["text"] = "word number " + table["key"]
plan = studio.plan(studio.read(table), voices=["{ESPEAK}"])
print(studio.produce(plan).summary)
print(studio.status().error)
"""


@pytest.fixture
def kernel(project: Path) -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(cwd=str(project))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def own_shell(kernel: BlockingKernelClient) -> str:
    request = kernel.session.msg("create_subshell_request")
    kernel.control_channel.send(request)
    reply: dict[str, Any] = kernel.get_control_msg(timeout=20)
    return str(reply["content"]["subshell_id"])


def press(comm_id: str, kernel: BlockingKernelClient, shell: str) -> None:
    click = {"method": "custom", "content": {"event": "click"}}
    message = kernel.session.msg("comm_msg", {"comm_id": comm_id, "data": click})
    message["header"]["subshell_id"] = shell
    kernel.shell_channel.send(message)


def test_the_button_stops_a_run_while_its_cell_is_busy(kernel: BlockingKernelClient) -> None:
    shell = own_shell(kernel)
    cell = kernel.execute(CELL)
    button = printed = ""
    while True:
        message = kernel.get_iopub_msg(timeout=60)
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_open" and content["data"]["state"].get("description") == "Cancel":
            button = content["comm_id"]
        if button and kind == "comm_msg" and "/3000" in str(content):
            press(button, kernel, shell)
            button = ""
        printed += content.get("text", "") if kind == "stream" else ""
        idle = kind == "status" and content["execution_state"] == "idle"
        if idle and message["parent_header"].get("msg_id") == cell:
            break
    assert "cancelled in" in printed
    assert "cancelled with the button" in printed
