"""urllib against server.py."""

import json
import sys
import urllib.error
import urllib.request

base = f"http://127.0.0.1:{sys.argv[1]}"


def call(path, data=None, headers={}):
    try:
        request = urllib.request.Request(base + path, data=data, headers=headers)
        with urllib.request.urlopen(request) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


document = json.dumps({"name": "Żółć", "list": [1, 2, 3]}, ensure_ascii=False).encode()
assert call("/hello") == (200, b"hello from python\n")
assert call("/until-close") == (200, b"this ends with the connection\n")
assert call("/missing")[0] == 404
assert call("/things", document, {"Content-Type": "application/json"}) == (201, document)
