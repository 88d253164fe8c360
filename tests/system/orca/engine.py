#!/usr/bin/env python3
"""Runs Orca's published engine, redis and the stand-ins of the other services, until standard input ends.

engine.py FOLDER PROGRAM

FOLDER is what `.ci/orca-engine FOLDER` prepared, PROGRAM the program in the image of the stage definition. Writes one line of JSON
to standard output: the addresses, or `error`. Every port is free when it is taken.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from standins import Standins

HERE = Path(__file__).resolve().parent
DEFINITION = HERE.parents[2] / "stage-definitions/orca-local.yml"
LIMIT = 300
OPENED = ["java.base/java.util", "java.base/java.lang", "java.base/java.time"]
# Both end with this process, however it ends.
BOUND = ["setpriv", "--pdeathsig", "KILL"]


def wait_for(what, log, process, attempt):
    """The first value of `attempt` that is not None."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end and process.poll() is None:
        found = attempt()
        if found is not None:
            return found
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"{what} does not start: {tail}")


def start(arguments, log, environment):
    with open(log, "wb") as output:
        return subprocess.Popen(
            BOUND + arguments, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return None


def start_redis(folder, processes):
    """Its port. Somebody else may take the port first: then another is tried."""
    log = folder / "redis.log"
    for attempt in range(5):
        port = free_port()
        arguments = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        process = start(arguments, log, os.environ)
        processes.append(process)
        try:
            wait_for("redis", log, process, lambda: answers(port))
            return port
        except RuntimeError:
            if attempt == 4:
                raise


def start_orca(jars, folder, redis, standins, processes):
    """Its port, which it writes into a file."""
    (folder / "plugins").mkdir()
    log, written = folder / "orca.log", folder / "port"
    classes = f"{jars / 'classes'}:{(jars / 'class-path').read_text().strip()}"
    arguments = ["java", "-Xmx500m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
    arguments += [f"--add-opens={name}=ALL-UNNAMED" for name in OPENED]
    arguments += [f"-Dspring.config.location=file:{HERE / 'application.yml'},file:{DEFINITION}"]
    environment = {
        **os.environ,
        "CLASSPATH": classes,
        "REDIS_PORT": str(redis),
        "STANDINS": standins.address,
        "RUN_FOLDER": str(folder),
    }
    process = start(arguments + ["engine.Main", str(written)], log, environment)
    processes.append(process)
    return int(wait_for("Orca", log, process, lambda: written.read_text() if written.exists() else None))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    jars, program = Path(sys.argv[1]), sys.argv[2]
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-orca-"))
    processes, standins = [], Standins(folder, program)
    try:
        redis = start_redis(folder, processes)
        orca = start_orca(jars, folder, redis, standins, processes)
        standins.orca = f"http://127.0.0.1:{orca}"
        print(json.dumps({"orca": standins.orca, "standins": standins.address, "folder": str(folder)}), flush=True)
        sys.stdin.read()
    except RuntimeError as error:
        print(json.dumps({"error": str(error)}), flush=True)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        standins.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
