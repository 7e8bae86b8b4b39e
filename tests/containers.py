"""Build the image and run what it is for, where no Docker and no registry is: `make containers`.

Buildah needs neither a daemon nor cgroups. The base image is Debian's, under the name that
the Dockerfile gives: its Python is the same, its layers are not those of Docker's own. The
services of `samples/compose-postgres` run by the commands, environments, health checks and
order of its `compose.yaml`, on the network of this machine. Needs root, and the packages
`buildah`, `mmdebstrap` and `crun` of Debian. Exit code 1 where something is not as it says.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "compose-postgres"
IMAGE = "localhost/cbmock"
CERTIFICATES = "/etc/ssl/certs:/etc/ssl/certs:ro"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
SUITE = "trixie"
"""Debian's suite below the official image of Python 3.13."""
SECONDS = 60


class Containers:
    """Images and containers of Buildah, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", "utf-8")
        settings = folder / "storage.conf"
        settings.write_text(
            f'[storage]\ndriver = "vfs"\nrunroot = "{folder}/run"\n'
            f'graphroot = "{folder}/graph"\n',
            "utf-8",
        )
        self.folder = folder
        self._env = {
            **os.environ,
            "CONTAINERS_STORAGE_CONF": str(settings),
            "BUILDAH_ISOLATION": "chroot",
        }

    def __call__(self, *words: str) -> str:
        """Run a command of Buildah, and return what it prints."""
        command = ["buildah", *words]
        ran = subprocess.run(
            command, env=self._env, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"{' '.join(command)}: {ran.stderr[-2_000:]}")
        return ran.stdout.strip()

    def has(self, image: str) -> bool:
        """Return whether an image is here."""
        return image in self("images", "--format", "{{.Name}}:{{.Tag}}").splitlines()

    def start(
        self, container: str, log: Path, *options: str, command: list[str]
    ) -> subprocess.Popen[bytes]:
        """Start a command in a container; what it prints is in `log`."""
        words = ["buildah", "run", "--network", "host", *options, container, "--"]
        with log.open("wb") as output:
            return subprocess.Popen(
                [*words, *command],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def succeeds(self, container: str, *options: str, command: list[str]) -> bool:
        """Run a command in a container to its end; return whether it succeeds."""
        log = self.folder / "check.txt"
        return self.start(container, log, *options, command=command).wait(SECONDS) == 0


def base(containers: Containers, name: str) -> None:
    """Make the base image of the Dockerfile out of Debian's packages."""
    if containers.has(name):
        return
    print(f"  {name} out of Debian's packages: minutes", flush=True)
    root = containers.folder / "root.tar"
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
    subprocess.run([*command, SUITE, str(root)], check=True)
    container = containers("from", "scratch")
    containers("add", container, str(root), "/")
    # The official image's Python is `python` too, and pip may install beside it.
    links = "ln -s /usr/bin/python3 /usr/local/bin/python; rm /usr/lib/python3.*/EXTERNALLY-MANAGED"
    containers("run", container, "--", "sh", "-c", links)
    path = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    containers("config", "--env", path, container)
    containers("commit", "--rm", container, name)
    root.unlink()


def build(containers: Containers) -> dict[str, Any]:
    """Build the image of the Dockerfile; return its configuration, and print its size."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    (name,) = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    base(containers, f"docker.io/library/{name}")
    options = ["--pull-never", "--format", "docker", "--network", "host"]
    containers("build", *options, "--volume", CERTIFICATES, "--tag", IMAGE, str(ROOT))
    below, size = (
        containers("images", "--format", "{{.Size}}", each) for each in (name, IMAGE)
    )
    print(f"  the image: {size}, of which Debian and Python {below}", flush=True)
    config: dict[str, Any] = json.loads(containers("inspect", "--type", "image", IMAGE))
    return dict(config["Docker"]["config"])


def image(containers: Containers, config: dict[str, Any]) -> None:
    """Run the image as it says: its user, its command, its health check, its end."""
    container = containers("from", "--pull-never", IMAGE)
    document = ROOT / "samples" / "invoices" / "openapi.json"
    mounted = ("--volume", f"{document}:/spec/openapi.yaml:ro")
    who = containers("run", *mounted, container, "--", "id", "-u")
    check(int(who) > 0, f"it runs as user {who}")
    _, *health = config["Healthcheck"]["Test"]
    check(
        not containers.succeeds(container, command=health), "unhealthy before it runs"
    )
    log = containers.folder / "serve.txt"
    command = [*config["Entrypoint"], *config["Cmd"]]
    began = time.monotonic()
    serving = containers.start(container, log, *mounted, command=command)
    with ended(serving):
        until(lambda: containers.succeeds(container, command=health), "healthy", log)
        print(f"  after {time.monotonic() - began:.1f} s")
        sent = {"description": "Payment celebration", "paid": True}
        check(answered("http://127.0.0.1:4020/invoices/7", sent) == 200, "it answers")
    check("1 call, 0 with violations." in log.read_text(), "it ends with a summary")
    containers("rm", container)


def compose(containers: Containers) -> None:
    """Run the services of the sample, each when those that it depends on are healthy."""
    services = yaml.safe_load((SAMPLE / "compose.yaml").read_text("utf-8"))["services"]
    with contextlib.ExitStack() as stack:
        for name in ("db", "callbacks", "api"):
            stack.enter_context(service(containers, name, services[name]))
        document = str(ROOT / "samples" / "invoices" / "openapi.json")
        handed = "http://127.0.0.1:8000/invoices/?callback_url=http://callbacks:4020"
        order = {"id": "7", "customer": "Mr. Richie Rich", "total": 199}
        until(lambda: answered(handed, order) == 200, "the API takes an invoice")
        for words in (
            ["wait", "invoice_notification", "--timeout", "30"],
            ["deliveries"],
            ["verify", document, "--expect", "invoice_notification=1"],
        ):
            cbmock(*words)


@contextlib.contextmanager
def service(
    containers: Containers, name: str, about: dict[str, Any]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service of the file until the context ends; wait until it is healthy."""
    known = [f"--add-host={each}:127.0.0.1" for each in ("db", "callbacks", "api")]
    is_database = "postgres" in about.get("image", "")
    origin = IMAGE if "build" in about else "docker.io/library/python:3.13-slim"
    container = containers("from", "--pull-never", *known, origin)
    config = json.loads(containers("inspect", container))["Docker"]["config"]
    options = [f"--volume={CERTIFICATES}"]
    if "working_dir" in about:
        options.append(f"--workingdir={about['working_dir']}")
    for each in about.get("volumes", ()):
        source, _, target = each.partition(":")
        if source.startswith("."):
            options.append(f"--volume={(SAMPLE / source).resolve()}:{target}")
    command = about.get("command", "")
    words = ["sh", "-c", command] if isinstance(command, str) else command
    words = [*(config["Entrypoint"] or ()), *words]
    health = about.get("healthcheck", {}).get("test")
    if "build" in about:
        health = config["Healthcheck"]["Test"]
    if is_database:
        words = database(containers, container, about["environment"])
        options.append("--user=postgres")
    log = containers.folder / f"{name}.txt"
    running = containers.start(container, log, *options, command=words)
    with ended(running):
        if health is not None:
            _, *test = health
            until(lambda: containers.succeeds(container, command=test), name, log)
        yield running
    containers("rm", container)


def database(
    containers: Containers, container: str, environment: dict[str, str]
) -> list[str]:
    """Install Debian's PostgreSQL, and return what the entry point of the image does."""
    install = (
        "apt-get update -qq && apt-get install -qq --no-install-recommends postgresql"
    )
    quiet = "DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND"
    run = ("run", "--network", "host", container, "--", "sh", "-c")
    containers(*run, f"{quiet}; {install}")
    where = containers(*run, "echo /usr/lib/postgresql/*/bin")
    path = containers("inspect", "--format", "{{.Docker.Config.Env}}", container)
    path = path.strip("[]").partition("PATH=")[2].split()[0]
    containers("config", "--env", f"PATH={where}:{path}", container)
    user, method = (
        environment["POSTGRES_USER"],
        environment["POSTGRES_HOST_AUTH_METHOD"],
    )
    data = "/var/lib/postgresql/cbmock"
    made = (
        f"initdb --pgdata {data} --username {user} --auth {method} --no-sync\n"
        f"create() {{ createdb --username {user} --host 127.0.0.1 {environment['POSTGRES_DB']}; }}\n"
        f"(until create; do sleep 0.2; done) &\nexec postgres -D {data}"
    )
    return ["sh", "-c", made]


@contextlib.contextmanager
def ended(running: subprocess.Popen[bytes]) -> Iterator[None]:
    """End what was started, as `docker stop` does."""
    try:
        yield
    finally:
        every: list[int] = []
        with contextlib.suppress(OSError, ValueError):  # it ended by itself
            every = [first := first_process(running.pid), *below(first)]
        for number in (
            signal.SIGTERM,
            signal.SIGKILL,
        ):  # a container ends with its first
            for each in every:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, number)
            running.wait(SECONDS)


def first_process(started: int) -> int:
    """Return the process of the container's own command: Buildah stands in front of it."""
    while "buildah" in Path(f"/proc/{started}/cmdline").read_text().partition("\0")[0]:
        (started,) = children(started)
    return started


def children(process: int) -> list[int]:
    """Return the processes that a process started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(each) for task in tasks for each in task.read_text().split()]


def below(process: int) -> list[int]:
    """Return the processes that a process started, and those that these started."""
    found = children(process)
    return [*found, *(deeper for each in found for deeper in below(each))]


def answered(url: str, body: dict[str, Any]) -> int:
    """Post JSON and return the status, 0 where nobody answers."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except OSError as error:
        return int(getattr(error, "code", 0))


def cbmock(*words: str) -> None:
    """Run a command of cbmock as the sample's README does."""
    env = {"CBMOCK_URL": "http://127.0.0.1:4020", "CBMOCK_TOKEN": "tests-only"}
    command = [sys.executable, "-m", "cbmock", *words]
    ran = subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    print(ran.stdout.rstrip())
    check(ran.returncode == 0, f"cbmock {words[0]}{ran.stderr}")


def until(happens: Any, what: str, log: Path | None = None) -> None:
    """Wait until something happens."""
    last = time.monotonic() + SECONDS
    while not happens():
        if time.monotonic() > last:
            raise SystemExit(f"NOT {what}: {log.read_text() if log else ''}")
        time.sleep(0.2)
    print(f"  {what}", flush=True)


def check(holds: Any, what: str) -> None:
    """Print what holds; end where it does not."""
    if not holds:
        raise SystemExit(f"NOT {what}")
    print(f"  {what}", flush=True)


def missing() -> str | None:
    """Return why containers cannot run here; None if they can."""
    for program in ("buildah", "mmdebstrap", "crun"):
        if shutil.which(program) is None:
            return f"{program} is missing: apt-get install buildah mmdebstrap crun"
    if os.geteuid() != 0:
        return "needs root"
    for port in (4020, 5432, 8000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return (
                    f"port {port} is taken; containers here share the machine's ports"
                )
    return None


def main() -> int:
    """Build the image, run it, run the sample."""
    parser = argparse.ArgumentParser(prog="make containers")
    parser.add_argument("--folder", type=Path, default=Path(".containers"))
    folder = parser.parse_args().folder.resolve()
    reason = missing()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    containers = Containers(folder)
    print("Dockerfile", flush=True)
    config = build(containers)
    image(containers, config)
    print("samples/compose-postgres", flush=True)
    compose(containers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
