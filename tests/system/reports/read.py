#!/usr/bin/env python3
"""Reads each report with a program that did not write it. Usage: read.py FOLDER [SARIF-SCHEMA]

FOLDER holds report.sarif, report.junit, report.gitlab, report.markdown, report.tap and report.json of one run.
"""
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt
from sarif import loader

CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": "^\\./"}},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}


def sarif(folder, schema, findings, unjudged):
    file = folder / "report.sarif"
    if schema:
        jsonschema.validate(json.loads(file.read_text()), json.loads(Path(schema).read_text()))
    data = loader.load_sarif_file(str(file))
    assert data.get_result_count() == findings + unjudged, data.get_result_count()
    codes = {record["Code"] for record in data.get_records()}
    assert "plaintext-secret" in codes and "document-not-judged" in codes, codes
    rules = json.loads(file.read_text())["runs"][0]["tool"]["driver"]["rules"]
    assert all(rule["help"]["markdown"] and rule["fullDescription"]["text"] and rule["helpUri"] for rule in rules if rule["id"] != "document-not-judged")
    assert all(len(rule["properties"]["tags"]) <= 10 and len(rule["fullDescription"]["text"]) <= 1024 for rule in rules)


def junit(folder, report):
    suites = JUnitXml.fromfile(str(folder / "report.junit"))
    counts = {Failure: 0, Error: 0, Skipped: 0}
    names = []
    for suite in suites:
        names.append(suite.name)
        assert suite.tests == len(list(suite)), suite.name
        for case in suite:
            for result in case.result:
                counts[type(result)] += 1
    assert len(names) == len(report["verdicts"])
    failed = sum(check["outcome"] == "failed" for verdict in report["verdicts"] for check in verdict["checks"])
    assert counts[Failure] == failed, counts
    assert counts[Error] >= 1, "the document that is not JSON"


def gitlab(folder, findings, unjudged):
    issues = json.loads((folder / "report.gitlab").read_text())
    jsonschema.validate(issues, CODE_QUALITY)
    assert len(issues) == findings + unjudged
    fingerprints = [issue["fingerprint"] for issue in issues]
    assert len(set(fingerprints)) == len(fingerprints), "a merge request would merge two findings"


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.tags, self.text = [], set(), []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for key, value in attributes if key in ("href", "src")]

    def handle_data(self, data):
        self.text.append(data)


def markdown(folder):
    text = (folder / "report.markdown").read_text()
    assert len(text) < 65536
    reader = Links()
    reader.feed(MarkdownIt("gfm-like", {"linkify": False}).render(text))
    assert all(link.startswith("https://plimsoll.dev/checks/") for link in reader.links), reader.links
    assert reader.tags <= {"h2", "p", "strong", "em", "a", "code", "br", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ul", "li"}, reader.tags
    assert "Plimsoll: failed" in "".join(reader.text)


def tap(folder):
    done = subprocess.run(["prove", "--exec", "cat", str(folder / "report.tap")], capture_output=True, text=True)
    assert done.returncode == 1 and "Parse errors" not in done.stdout, done.stdout
    assert "Failed test" in done.stdout, done.stdout


def main():
    folder, schema = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    report = json.loads((folder / "report.json").read_text())
    findings = sum(len(verdict["findings"]) for verdict in report["verdicts"])
    unjudged = sum("unjudged" in verdict for verdict in report["verdicts"])
    sarif(folder, schema, findings, unjudged)
    junit(folder, report)
    gitlab(folder, findings, unjudged)
    markdown(folder)
    tap(folder)
    print(f"{findings} findings, {unjudged} documents not judged: read in five formats")


main()
