"""What `httpprof export otlp --endpoint` does with a collector:
export_otlp_test.py HTTPPROF HOSTILE_CAPTURE CAPTURES"""

import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HTTPPROF, HOSTILE_CAPTURE, CAPTURES = sys.argv.pop(1), sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
CAPTURE = CAPTURES / "v1.1" / "demo.httpprof"


class Collector(http.server.ThreadingHTTPServer):
    """Answers with what it is told, in order, then with an empty success."""

    def __init__(self, answers=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.requests = list(answers), []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, self.headers, json.loads(body)))
        status, headers, answer = self.server.answers.pop(0) if self.server.answers else (200, {}, "{}")
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(answer), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


def export(*arguments, capture=CAPTURE, environment=None):
    command = [HTTPPROF, "export", "otlp", *map(str, arguments), str(capture)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace",
                          timeout=60, check=False, env={**os.environ, **(environment or {})})


def partial(rejected, message):
    return json.dumps({"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}})


def answer_with_an_alert(server):
    connection, _ = server.accept()
    with connection:
        connection.recv(1)
        connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46")  # fatal, protocol_version


def spans(text):
    return [span for line in text.splitlines() for resource in json.loads(line)["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]]


class ExportOtlpTest(unittest.TestCase):
    def problem(self, finished, status):
        """The only line that it writes besides what it found."""
        self.assertEqual((finished.returncode, finished.stdout), (status, ""))
        lines = [line for line in finished.stderr.splitlines() if " events (" not in line]
        self.assertEqual(len(lines), 1, finished.stderr)
        return lines[0]

    def test_sends_what_it_would_write(self):
        written = json.loads(export().stdout)
        for path, posted in (("", "/v1/traces"), ("/", "/v1/traces"), ("/otlp", "/otlp/v1/traces"),
                             ("/v1/traces", "/v1/traces")):
            with Collector() as collector:
                finished = export("--endpoint", collector.url + path)
            self.assertEqual((finished.returncode, finished.stdout), (0, ""))
            [(path, headers, request)] = collector.requests
            self.assertEqual(path, posted)
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(request, written)

    def test_sends_headers(self):
        with Collector() as collector:
            export("--endpoint", collector.url, "--header", "X-Key=a=b,c=%20d", "--header", "X-Other=1")
        [(_, headers, _)] = collector.requests
        self.assertEqual((headers["X-Key"], headers["X-Other"]), ("a=b,c=%20d", "1"))
        self.assertRegex(headers["User-Agent"], r"^httpprof/\d+\.\d+\.\d+$")

    def test_takes_headers_from_the_environment(self):
        variable = {"OTEL_EXPORTER_OTLP_HEADERS": " x-key = Basic%20YTpi%2C%3D , x-other=1"}
        with Collector() as collector:
            export("--endpoint", collector.url, environment=variable)
            export("--endpoint", collector.url, "--header", "X-Third=1", environment=variable)
        [(_, told, _), (_, named, _)] = collector.requests
        self.assertEqual((told["X-Key"], told["X-Other"]), ("Basic YTpi,=", "1"))
        self.assertEqual((named["X-Key"], named["X-Third"]), (None, "1"))

    def test_refuses_an_environment_that_is_malformed(self):
        for told in ("secret", "a=1,secret", "a b=secret", "=secret", "a=%0Asecret", "a=%secret", "a=b;secret"):
            problem = self.problem(export("--endpoint", "http://h", environment={"OTEL_EXPORTER_OTLP_HEADERS": told}), 2)
            self.assertRegex(problem, "^httpprof: OTEL_EXPORTER_OTLP_HEADERS: ")
            self.assertNotIn("secret", problem)
        self.assertEqual(export(environment={"OTEL_EXPORTER_OTLP_HEADERS": "no list"}).returncode, 0)

    def test_takes_known_methods_from_the_environment(self):
        names = {span["name"] for span in spans(export().stdout)}
        self.assertEqual(names, {"GET", "POST"})
        for told in ("POST", " POST , get"):
            known = export(environment={"OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS": told})
            self.assertEqual({span["name"] for span in spans(known.stdout)}, {"HTTP", "POST"})

    def test_sends_several_requests(self):
        with tempfile.TemporaryDirectory() as folder:
            many = pathlib.Path(folder) / "many.httpprof"
            subprocess.run([HOSTILE_CAPTURE, many, "60"], check=True)
            written = [json.loads(line) for line in export(capture=many).stdout.split("\n")[:-1]]
            self.assertGreater(len(written), 2)
            taken, lost, refused = (200, {}, partial(1, "")), (None, {}, ""), (400, {}, "no")
            with Collector([taken, lost, taken]) as collector:
                finished = export("--endpoint", collector.url, capture=many)
            self.assertEqual(finished.returncode, 3)
            self.assertIn("the collector rejected 2 spans", finished.stderr)
            requests = [request for _, _, request in collector.requests]
            self.assertEqual(requests, [written[0], written[1], *written[1:]])
            with Collector([taken, taken, refused]) as collector:
                finished = export("--endpoint", collector.url, capture=many)
        self.assertEqual(finished.returncode, 1)
        self.assertIn("it answers 400 no; it took 2 requests before\n", finished.stderr)
        self.assertIn("the collector rejected 2 spans\n", finished.stderr)
        self.assertEqual(len(collector.requests), 3)

    def test_says_what_the_collector_rejects(self):
        with Collector([(200, {}, partial(2, "too \x1b old"))]) as collector:
            finished = export("--endpoint", collector.url)
        self.assertEqual(finished.returncode, 3)
        self.assertIn("httpprof: the collector rejected 2 spans\nhttpprof: the collector says: too \\x1b old\n",
                      finished.stderr)
        self.assertEqual(len(collector.requests), 1)

    def test_says_what_the_collector_remarks(self):
        with Collector([(200, {}, partial(0, "use gzip"))]) as collector:
            finished = export("--endpoint", collector.url)
        self.assertEqual(self.problem(finished, 0), "httpprof: the collector says: use gzip")

    # How often, and after how long, is told by otlp_client_test.
    def test_sends_again_to_a_busy_collector(self):
        with Collector([(503, {"Retry-After": 0}, "")]) as collector:
            finished = export("--endpoint", collector.url)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertIn("is busy or away; trying again in ", finished.stderr)
        first, second = [request for _, _, request in collector.requests]
        self.assertEqual(first, second)

    def test_does_not_wait_for_long(self):
        for wait in (3600, 10**30):
            with Collector([(503, {"Retry-After": wait}, "later")]) as collector:
                problem = self.problem(export("--endpoint", collector.url), 1)
            self.assertEqual(problem, f"httpprof: cannot send spans to {collector.url}: it answers 503 later")

    def test_does_not_repeat_what_is_refused(self):
        for status in (301, 400, 404, 413, 500):
            with Collector([(status, {}, "no")]) as collector:
                problem = self.problem(export("--endpoint", collector.url), 1)
            self.assertEqual(problem, f"httpprof: cannot send spans to {collector.url}: it answers {status} no")
            self.assertEqual(len(collector.requests), 1)

    def test_says_that_there_is_no_collector(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        self.assertRegex(self.problem(export("--endpoint", url), 1),
                         r"cannot connect \(.+\); is a collector listening there\?$")

    def test_says_that_it_is_no_collector(self):
        no_http = r": connected, but no HTTP response came \(.+\); is it a collector, and is it http:// or https://\?$"
        with Collector([(None, {}, "")]) as collector:
            self.assertRegex(self.problem(export("--endpoint", collector.url), 1), no_http)
        # What a server of TLS answers to a request without.
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=answer_with_an_alert, args=(server,), daemon=True).start()
            self.assertRegex(self.problem(export("--endpoint", f"http://127.0.0.1:{server.getsockname()[1]}"), 1), no_http)
        with Collector() as collector:
            secure = collector.url.replace("http:", "https:")
            self.assertRegex(self.problem(export("--endpoint", secure), 1), r": connected, but not by TLS \(SSL.+")

    def test_refuses_what_is_no_collector(self):
        for url in ("", "localhost:4318", "ftp://h", "http://", "http://h:x", "http://me:pw@h", "http://h/?a", "http://h/ b"):
            self.assertIn("--endpoint", self.problem(export("--endpoint", url), 2), url)
        for header in ("x", "=x", "a b=x", "a:=x", "a\r\nb=x", "a=b\r\nc: d", "a=b\n", "a=\x7f"):
            self.assertIn("--header: ", self.problem(export("--endpoint", "http://h", "--header", header), 2), header)
        self.assertIn("--output", self.problem(export("--endpoint", "http://h", "-o", "x"), 2))


if __name__ == "__main__":
    unittest.main()
