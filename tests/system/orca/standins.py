"""Stand-ins for the services around Orca, on one port: /front50, /fiat, /clouddriver, /gate, and /control for the test."""
import contextlib
import json
import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from cluster import Cluster, random_suffix

IMAGE = "registry.example.com/platform/plimsoll:0.1.0"
TOKEN = "spk_gate-of-the-system-test"
PRINCIPAL = "plimsoll@example.com"
# The longest that a request is held when the test does not release it.
HELD = 120
ACCOUNTS = {"gates": "management", "prod-eu": "production", "staging-eu": "staging"}
NOT_FOUND = 404, {"error": "Not Found", "status": 404}


class Standins:
    def __init__(self, folder, program):
        self.cluster = Cluster(folder, IMAGE, program)
        self.orca, self.pipelines, self.tasks, self.operations, self.held = None, {}, {}, [], {}
        self.routes = [
            ("POST", r"/front50/pipelines", self.save),
            ("GET", r"/front50/pipelines/triggeredBy/([^/]+)/([^/]+)", self.triggered_by),
            ("GET", r"/front50/pipelines/([^/]+)/get", self.pipeline),
            ("GET", r"/front50/pipelines/([^/]+)/history", self.history),
            ("GET", r"/front50/pipelines", self.all_pipelines),
            ("GET", r"/front50/pipelines/([^/]+)", self.of_application),
            ("GET", r"/front50/v2/applications/([^/]+)", self.application),
            ("GET", r"/front50/.*", lambda: (200, {})),
            ("GET", r"/fiat/authorize/([^/]+)", self.permissions),
            ("POST", r"/clouddriver/kubernetes/ops", self.operate),
            ("GET", r"/clouddriver/task/(.+)", lambda name: (200, self.tasks[name])),
            ("GET", r"/clouddriver/applications/[^/]+/jobs/[^/]+/[^/]+/job ([^/]+)", self.job),
            ("GET", r"/clouddriver/applications/[^/]+/jobs/[^/]+/[^/]+/job ([^/]+)/([^/]+)", self.properties),
            ("GET", r"/gate/pipelines/([^/]+)", self.execution),
            ("PATCH", r"/gate/pipelines/([^/]+)/stages/([^/]+)", self.change),
            ("GET", r"/gate/applications/([^/]+)/pipelineConfigs/([^/]+)", self.pipeline_of),
            ("GET", r"/gate/pipelineConfigs/([^/]+)/history", self.history),
            ("GET", r"/gate/applications/([^/]+)", self.attributes),
            ("GET", r"/gate/applications/[^/]+/strategyConfigs", lambda: (200, [])),
            ("GET", r"/gate/notifications/application/[^/]+", lambda: (200, {})),
            ("GET", r"/gate/credentials", self.accounts),
            ("GET", r"/gate/v2/canaryConfig/([^/]+)", self.canary_config),
            ("POST", r"/control/variables", self.set_variables),
            ("POST", r"/control/hold", self.hold),
            ("POST", r"/control/release", self.release),
            ("GET", r"/control/jobs", lambda: (200, [job.report() for job in list(self.cluster.jobs.values())])),
            ("GET", r"/control/operations", lambda: (200, self.operations)),
        ]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.cluster.stop()

    def answer(self, method, path, headers, body):
        for pattern, released in list(self.held.items()):
            if re.search(pattern, path) and not path.startswith("/control/"):
                released.wait(HELD)
        if path.startswith("/gate/") and headers.get("X-Spinnaker-Token") != TOKEN:
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, None
        for allowed, pattern, route in self.routes:
            match = re.fullmatch(pattern, path)
            if match and method == allowed:
                return route(*match.groups(), *([] if body is None else [body]))
        return NOT_FOUND

    # Front50

    def save(self, pipeline):
        pipeline.setdefault("id", random_suffix())
        self.pipelines[pipeline["id"]] = pipeline
        return 200, pipeline

    def all_pipelines(self):
        return 200, list(self.pipelines.values())

    def of_application(self, application):
        return 200, [pipeline for pipeline in self.pipelines.values() if pipeline["application"] == application]

    def pipeline(self, pipeline):
        return (200, self.pipelines[pipeline]) if pipeline in self.pipelines else NOT_FOUND

    def history(self, pipeline):
        return (200, [self.pipelines[pipeline]]) if pipeline in self.pipelines else NOT_FOUND

    def triggered_by(self, pipeline, status):
        def starts(trigger):
            is_named = trigger.get("type") == "pipeline" and trigger.get("pipeline") == pipeline
            return is_named and trigger.get("enabled") and status in trigger.get("status", [])

        return 200, [saved for saved in self.pipelines.values() if any(map(starts, saved.get("triggers", [])))]

    def application(self, name):
        return 200, {"name": name.upper(), "email": "shop@example.com", "cloudProviders": "kubernetes"}

    # Fiat

    def permissions(self, user):
        allowed = ["READ", "WRITE", "EXECUTE", "CREATE"]
        applications = {pipeline["application"] for pipeline in self.pipelines.values()}
        return 200, {
            "name": user,
            "accounts": [{"name": name, "authorizations": allowed} for name in ACCOUNTS],
            "applications": [{"name": name, "authorizations": allowed} for name in applications],
            "allowAccessToUnknownApplications": True,
        }

    # Clouddriver

    def operate(self, operations):
        results = []
        for operation in operations:
            ((kind, description),) = operation.items()
            self.operations.append({"kind": kind, **description})
            made = self.run_job(description) if kind == "runJob" else self.deploy(description)
            results.append({"createdArtifacts": [], "boundArtifacts": [], **made})
        name = random_suffix() + "-task"
        status = {"completed": True, "failed": False, "retryable": False}
        self.tasks[name] = {"id": name, "status": status, "resultObjects": results}
        return 200, {"id": name, "resourceUri": f"/task/{name}"}

    def run_job(self, description):
        job = self.cluster.create(description["manifest"], description["account"])
        names = {job.location: [f"job {job.name}"]}
        return {"manifests": [job.manifest], "manifestNamesByNamespace": names, "deployedNamesByLocation": names}

    def deploy(self, description):
        names = {}
        for manifest in description.get("manifests", []):
            metadata = manifest["metadata"]
            names.setdefault(metadata["namespace"], []).append(f"{manifest['kind'].lower()} {metadata['name']}")
        return {"manifests": description.get("manifests", []), "manifestNamesByNamespace": names}

    def job(self, name):
        return (200, self.cluster.jobs[name].status()) if name in self.cluster.jobs else NOT_FOUND

    def properties(self, name, container):
        job = self.cluster.jobs[name]
        return 200, job.properties() if container == job.container["name"] else None

    # Gate

    def execution(self, name):
        """Gate reads an execution into a map and writes it anew: of a key that is there twice it keeps one."""
        try:
            with urllib.request.urlopen(f"{self.orca}/pipelines/{name}", timeout=30) as answer:
                return 200, json.load(answer)
        except urllib.error.HTTPError as error:
            return NOT_FOUND if error.code == 404 else (200, None)

    def change(self, name, stage, settings):
        """Gate passes it on as the principal of the token, and cannot read an empty answer."""
        headers = {"Content-Type": "application/json", "X-SPINNAKER-USER": PRINCIPAL}
        url = f"{self.orca}/pipelines/{name}/stages/{stage}"
        request = urllib.request.Request(url, json.dumps(settings).encode(), headers, method="PATCH")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            return error.code, {"error": "Not Found", "message": "Pipeline not found", "status": error.code}
        return (200, json.loads(content)) if content else (500, {"error": "Internal Server Error", "status": 500})

    def pipeline_of(self, application, word):
        for pipeline in self.pipelines.values():
            if pipeline["application"] == application and word in (pipeline["id"], pipeline["name"]):
                return 200, pipeline
        return NOT_FOUND

    def attributes(self, name):
        return 200, {"name": name, "attributes": self.application(name)[1], "clusters": {}}

    def accounts(self):
        def account(name, environment):
            common = {"type": "kubernetes", "cloudProvider": "kubernetes", "permissions": {}}
            return {"name": name, "environment": environment, "accountType": environment, **common}

        return 200, [account(name, environment) for name, environment in ACCOUNTS.items()]

    def canary_config(self, name):
        query = {"type": "prometheus", "serviceType": "prometheus", "metricName": "errors"}
        direction = {"canary": {"direction": "increase", "critical": True}}
        metric = {"name": "errors", "query": query, "groups": ["g"], "scopeName": "default"}
        return 200, {
            "id": name,
            "name": name,
            "applications": ["shop"],
            "metrics": [{**metric, "analysisConfigurations": direction}],
            "classifier": {"groupWeights": {"g": 100}},
            "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        }

    # The test

    def set_variables(self, body):
        self.cluster.overrides[body["application"]] = body["variables"]
        return 200, {}

    def hold(self, body):
        self.held[body["path"]] = threading.Event()
        return 200, {}

    def release(self, body):
        self.held.pop(body["path"]).set()
        return 200, {}


def handler(standins):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def go(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            try:
                path = unquote(urlsplit(self.path).path)
                code, answer = standins.answer(self.command, path, self.headers, body)
            except Exception as error:
                code, answer = 500, {"error": repr(error)}
            content = b"" if answer is None else json.dumps(answer).encode()
            # A gate that has ended does not wait for its answer.
            with contextlib.suppress(ConnectionError):
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = go

    return Handler
