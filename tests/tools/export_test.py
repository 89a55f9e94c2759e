"""What `httpprof export csv`, `export har` and `export otlp` write, as their readers take it:
export_test.py HTTPPROF HOSTILE_CAPTURE CAPTURES

HOSTILE_CAPTURE writes a capture of hostile texts; CAPTURES are those of testdata. What analyze says
of a capture is the measure."""

import base64
import csv
import datetime
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HTTPPROF, HOSTILE_CAPTURE, CAPTURES = sys.argv.pop(1), sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))

NUMBERS = {"pid", "client_port", "server_port", "connection", "request_number", "status_code", "latency_ns", "duration_ns", "request_bytes",
           "response_bytes", "request_body_size", "response_body_size", "missing_bytes"}
ALWAYS = {"timestamp", "host", "side", "pid", "comm", "client_ip", "client_port", "server_ip", "server_port", "connection",
          "duration_ns", "missing_bytes", "truncated"}
NANOSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


def httpprof(*arguments):
    finished = subprocess.run([HTTPPROF, *map(str, arguments)], capture_output=True, check=True)
    return finished.stdout


def exchanges(capture):
    """The events of each exchange, by its name or, without one, alone."""
    found = {}
    for number, line in enumerate(httpprof("analyze", capture).splitlines()):
        event = json.loads(line)
        found.setdefault(event.get("exchange", number), []).append(event)
    return list(found.values())


def final_response(events):
    return next((event for event in events if event.get("status_code", 0) >= 200), None)


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.hostile = pathlib.Path(cls.folder.name) / "hostile.httpprof"
        subprocess.run([HOSTILE_CAPTURE, cls.hostile], check=True)
        cls.captures = sorted(path for path in CAPTURES.glob("v1.*/*.httpprof") if path.stem != "sealed")
        cls.captures.append(cls.hostile)
        assert len(cls.captures) > 20

    def of_each_capture(self, function):
        for capture in self.captures:
            with self.subTest(capture.name):
                function(capture)

    # CSV

    def rows(self, capture):
        text = httpprof("export", "csv", capture).decode("utf-8")
        self.assertEqual(text.count("\n"), text.count("\r\n"))
        self.assertTrue(text.endswith("\r\n"))
        self.assertIsNone(re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text))
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual({len(row) for row in table}, {len(table[0])})
        self.assertEqual(text.count("\n"), len(table))
        return [dict(zip(table[0], row)) for row in table[1:]]

    def check_csv(self, capture):
        rows, expected = self.rows(capture), exchanges(capture)
        self.assertEqual(len(rows), len(expected))
        self.assertEqual([row["timestamp"] for row in rows], sorted(row["timestamp"] for row in rows))
        for row in rows:
            for name, value in row.items():
                if name in NUMBERS and value:
                    self.assertEqual(str(int(value)), value, name)
                if name not in NUMBERS and value:
                    # Readers guess types: a text that looks like a number must not be one.
                    self.assertRaises(ValueError, float, value)
                self.assertTrue(value or name not in ALWAYS, name)
            self.assertRegex(row["timestamp"], NANOSECONDS)
            self.assertIn(row["truncated"], ("true", "false"))
        said = sorted((events[0].get("url", ""), final_response(events)["status_code"]) for events in expected
                      if final_response(events))
        if capture != self.hostile:
            self.assertEqual(sorted((row["url"], int(row["status_code"])) for row in rows if row["status_code"]), said)

    def test_csv_of_each_capture(self):
        self.of_each_capture(self.check_csv)

    def test_csv_figures_are_those_of_the_events(self):
        capture = CAPTURES / "v1.1" / "demo.httpprof"
        by_name = {events[0]["exchange"]: events for events in exchanges(capture)}
        for row in self.rows(capture):
            request, response = by_name[f"{row['connection']}.{row['request_number']}"]
            self.assertEqual(row["timestamp"], request["timestamp"])
            self.assertEqual(int(row["latency_ns"]), response["latency_ns"])
            self.assertEqual(int(row["duration_ns"]), response["latency_ns"] + response["duration_ns"])
            self.assertEqual(int(row["response_bytes"]), response["bytes"])
            self.assertEqual(row["client_ip"], request["source_ip"])
            self.assertEqual(int(row["server_port"]), request["dest_port"])
            self.assertEqual(row["side"], "client" if request["direction"] == "send" else "server")

    def test_csv_of_a_filter_and_an_end(self):
        capture = CAPTURES / "v1.1" / "demo.httpprof"
        text = httpprof("export", "csv", "--side", "client", "--filter", "method == 'POST'", capture).decode()
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertTrue(rows)
        self.assertEqual({(row["method"], row["side"]) for row in rows}, {("POST", "client")})

    # HAR: the members that the specification requires, and their types.

    def entries(self, capture):
        log = json.loads(httpprof("export", "har", capture))["log"]
        self.assertEqual(log["version"], "1.2")
        self.assertEqual(log["creator"]["name"], "httpprof")
        self.assertRegex(log["creator"]["version"], r"^\d+\.\d+\.\d+")
        return log["entries"]

    def check_message(self, message):
        self.assertIsInstance(message["httpVersion"], str)
        for name in ("cookies", "headers"):
            for pair in message[name]:
                self.assertIsInstance(pair["name"], str)
                self.assertIsInstance(pair["value"], str)
        for name in ("headersSize", "bodySize"):
            self.assertIsInstance(message[name], int)
            self.assertGreaterEqual(message[name], -1)

    def check_entry(self, entry):
        self.assertRegex(entry["startedDateTime"], NANOSECONDS)
        datetime.datetime.fromisoformat(entry["startedDateTime"][:26])
        request, response, timings = entry["request"], entry["response"], entry["timings"]
        self.check_message(request)
        self.check_message(response)
        self.assertIsInstance(request["method"], str)
        self.assertRegex(request["url"], r"^https?://[!-~]*$")
        self.assertEqual(request["url"].count("#"), 0)
        for pair in request["queryString"]:
            self.assertEqual(set(pair), {"name", "value"})
        self.assertIsInstance(response["status"], int)
        self.assertIsInstance(response["statusText"], str)
        self.assertIsInstance(response["redirectURL"], str)
        self.assertIsInstance(response["content"]["size"], int)
        self.assertIsInstance(response["content"]["mimeType"], str)
        self.assertEqual(entry["cache"], {})
        self.assertEqual(set(timings), {"send", "wait", "receive"})
        seen = [time for time in timings.values() if time != -1]
        self.assertTrue(all(time >= 0 for time in seen))
        self.assertAlmostEqual(entry["time"], sum(seen), places=5)
        self.assertIsInstance(entry["connection"], str)
        self.assertIsInstance(entry["_pid"], int)
        self.assertIsInstance(entry["_comm"], str)
        for anomaly in entry["_anomalies"]:
            self.assertEqual(set(anomaly), {"message", "id", "severity", "offset"})

    def check_har(self, capture):
        entries = self.entries(capture)
        self.assertEqual(len(entries), len(exchanges(capture)))
        self.assertEqual([entry["startedDateTime"] for entry in entries],
                         sorted(entry["startedDateTime"] for entry in entries))
        for entry in entries:
            self.check_entry(entry)

    def test_har_of_each_capture(self):
        self.of_each_capture(self.check_har)

    def test_har_bodies_are_those_of_the_events(self):
        for capture in self.captures:
            bodies = {events[0].get("exchange"): final_response(events) for events in exchanges(capture)}
            for entry in self.entries(capture):
                event, content = bodies[entry["_exchange"]], entry["response"]["content"]
                if content.get("encoding") == "base64":
                    self.assertEqual(content["text"], event["body_base64"])
                    base64.b64decode(content["text"], validate=True)
                else:
                    self.assertEqual(content.get("text", ""), event.get("body", ""))

    # OTLP/JSON: the messages of opentelemetry-proto; tests/otlp has their types.

    def spans(self, text):
        return [span for line in text.splitlines() for group in json.loads(line)["resourceSpans"]
                for scope in group["scopeSpans"] for span in scope["spans"]]

    def check_otlp(self, capture, *options):
        text = httpprof("export", "otlp", "--jobs", "1", capture, *options)
        self.assertEqual(httpprof("export", "otlp", "--jobs", "3", capture, *options), text)
        spans = self.spans(text)
        if not options:
            self.assertEqual(len(spans), len(exchanges(capture)))
        self.assertEqual(len({span["spanId"] for span in spans}), len(spans))
        parents = {span["spanId"]: span for span in spans}
        for span in spans:
            self.assertRegex(span["traceId"], "^[0-9a-f]{32}$")
            self.assertRegex(span["spanId"], "^[0-9a-f]{16}$")
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
            if "parentSpanId" in span:
                parent = parents[span["parentSpanId"]]
                self.assertEqual((parent["traceId"], parent["kind"], span["kind"]), (span["traceId"], 3, 2))

    def test_otlp_of_each_capture(self):
        self.of_each_capture(self.check_otlp)

    def test_otlp_of_captures_that_are_not_whole(self):
        for name in ("lost", "snaplen"):
            self.check_otlp(CAPTURES / "incomplete" / f"{name}.httpprof")

    def test_otlp_names_no_parent_that_is_left_out(self):
        for options in (("--side", "server"), ("--filter", "method == 'POST' && side == 'server' || status == 200")):
            self.check_otlp(CAPTURES / "v1.1" / "demo.httpprof", *options)
            self.check_otlp(CAPTURES / "incomplete" / "lost.httpprof", *options)

    def test_otlp_joins_both_ends(self):
        spans = self.spans(httpprof("export", "otlp", CAPTURES / "v1.1" / "demo.httpprof"))
        self.assertEqual(len({span["traceId"] for span in spans}), len(spans) // 2)

    def test_otlp_of_a_filter_and_an_end(self):
        capture = CAPTURES / "v1.1" / "demo.httpprof"
        spans = self.spans(httpprof("export", "otlp", "--side", "client", "--filter", "method == 'POST'", capture))
        self.assertEqual({(span["name"], span["kind"]) for span in spans}, {("POST", 3)})


if __name__ == "__main__":
    unittest.main()
