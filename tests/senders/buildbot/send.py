"""A master of Buildbot with a local worker: a change starts a build, which is reported."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import events
import servers

CONFIGURATION = """
from buildbot.plugins import changes, reporters, schedulers, steps, util, worker

c = BuildmasterConfig = {}
c["workers"] = [worker.LocalWorker("local")]
c["change_source"] = [changes.PBChangeSource(port="tcp:%d:interface=127.0.0.1")]
c["protocols"] = {"null": {}}
c["schedulers"] = [
    schedulers.AnyBranchScheduler(
        name="changed", treeStableTimer=None, builderNames=["trial"]
    )
]
factory = util.BuildFactory([steps.ShellCommand(command=["true"])])
c["builders"] = [util.BuilderConfig("trial", workernames=["local"], factory=factory)]
c["services"] = [reporters.HttpStatusPush(serverUrl="%s")]
c["db"] = {"db_url": "sqlite:///state.sqlite"}
c["title"] = "Trial"
c["buildbotURL"] = "http://buildbot.example/"
c["buildbotNetUsageData"] = None
"""
folder = Path(tempfile.mkdtemp(prefix="buildbot-"))
buildbot = [str(Path(sys.executable).with_name("buildbot"))]
port = servers.free_port()


def run(*words):
    subprocess.run([*buildbot, *words], cwd=folder, check=True, stdout=sys.stderr)


run("create-master", ".")
(folder / "master.cfg").write_text(CONFIGURATION % (port, events.URL))
run("upgrade-master", ".")
process = subprocess.Popen(
    [*buildbot, "start", "--nodaemon", "."], cwd=folder, stdout=sys.stderr
)
servers.wait_for(port, process)
time.sleep(3)  # until the worker is attached


def send(event):
    change = ["--who", "trial", "--branch", event, "--revision", event, "file"]
    run(
        "sendchange",
        "--master",
        f"127.0.0.1:{port}",
        "--auth",
        "change:changepw",
        *change,
    )


events.each(send)
process.terminate()
