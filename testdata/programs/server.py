"""Python's http.server: HTTP/1.0, one answer that only the end of the connection ends."""

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/hello":
            self.answer(200, b"hello from python\n", with_length=True)
        elif self.path == "/until-close":
            self.answer(200, b"this ends with the connection\n", with_length=False)
        else:
            self.send_error(404)

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.answer(201, self.rfile.read(size), with_length=True)

    def answer(self, status, body, with_length):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        if with_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
