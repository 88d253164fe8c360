"""A cluster whose Jobs are processes of this machine, and what Clouddriver reports about them."""
import json
import random
import string
import subprocess
import threading
import time
from pathlib import Path

PROPERTIES = "SPINNAKER_CONFIG_JSON="


def random_suffix():
    return "".join(random.choices(string.ascii_lowercase + string.digits, k=5))


class Job:
    """One Job with one Pod. Its container runs when the image is known; with any other image it succeeds at once."""

    def __init__(self, manifest, account, folder):
        metadata = manifest["metadata"]
        self.manifest, self.account, self.location = manifest, account, metadata["namespace"]
        self.name = metadata.setdefault("name", metadata.get("generateName", "job-") + random_suffix())
        self.container = manifest["spec"]["template"]["spec"]["containers"][0]
        self.termination_log = Path(folder) / f"{self.name}.termination"
        self.log, self.exit, self.process = "", None, None

    def variables(self):
        """The variables of the manifest. A Job's own name is all that a field reference means here."""
        return {
            entry["name"]: self.name if "valueFrom" in entry else entry.get("value", "")
            for entry in self.container.get("env") or []
        }

    def environment(self, overrides):
        variables = self.variables()
        application = variables.get("PLIMSOLL_APPLICATION")
        variables.update(overrides.get("", {}))
        variables.update(overrides.get(application, {}))
        variables["PLIMSOLL_TERMINATION_LOG"] = str(self.termination_log)
        return {name: value for name, value in variables.items() if value is not None}

    def run(self, program, overrides):
        self.termination_log.touch()
        arguments = [program] + [str(argument) for argument in self.container.get("args") or []]
        self.process = subprocess.Popen(
            arguments,
            env=self.environment(overrides),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.log = self.process.stdout.read().decode("utf-8", "replace")
        self.exit = self.process.wait()

    def properties(self):
        """The values of the property line. Orca's own parser knows more; what Plimsoll writes needs no more."""
        found = {}
        for line in self.log.splitlines():
            if line.startswith(PROPERTIES):
                found.update(json.loads(line.removeprefix(PROPERTIES)))
        return found

    def status(self):
        """The status as Clouddriver reports it."""
        state = "Running" if self.exit is None else "Failed" if self.exit else "Succeeded"
        told = {
            "name": self.name,
            "account": self.account,
            "location": self.location,
            "provider": "kubernetes",
            "jobState": state,
            "mostRecentPodName": f"{self.name}-pod",
            "completionDetails": {"exitCode": "", "signal": "", "message": "", "reason": ""},
        }
        if state == "Failed":
            termination = self.termination_log.read_text(errors="replace")[:4096] or "null"
            told["reason"] = "BackoffLimitExceeded"
            told["message"] = "Job has reached the specified backoff limit"
            told["failureDetails"] = (
                f"Pod: '{self.name}-pod' had errors.\n Container: '{self.container['name']}' exited with code: "
                f"{abs(self.exit)}.\n Status: Error.\n Logs: {termination}"
            )
        return told

    def report(self):
        """What the test sees of it."""
        return {
            "name": self.name,
            "execution": self.variables().get("PLIMSOLL_EXECUTION_ID"),
            "exit": self.exit,
            "log": self.log,
            "termination": self.termination_log.read_text(errors="replace") if self.termination_log.exists() else "",
        }


class Cluster:
    def __init__(self, folder, image, program):
        self.folder, self.image, self.program = folder, image, program
        self.jobs, self.overrides = {}, {}

    def create(self, manifest, account):
        job = Job(json.loads(json.dumps(manifest)), account, self.folder)
        self.jobs[job.name] = job
        if job.container.get("image") == self.image:
            threading.Thread(target=job.run, args=(self.program, self.overrides), daemon=True).start()
        else:
            job.exit = 0
        return job

    def stop(self):
        for job in list(self.jobs.values()):
            if job.process is not None and job.exit is None:
                job.process.kill()
