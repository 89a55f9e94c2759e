"""Compares what tshark finds in the packets of `httpprof export pcapng` with the events of `httpprof analyze`.

    export_pcapng_test.py HTTPPROF SPLIT_CAPTURE CAPTURES
"""

import collections
import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SEPARATOR = "\x1f"

FIELDS = ["frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport",
          "http.request.method", "http.request.uri", "http.response.code", "_ws.malformed",
          "ip.checksum.status", "tcp.checksum.status", "frame.len", "frame.cap_len", "tcp.analysis.retransmission",
          "tcp.analysis.out_of_order", "tcp.analysis.lost_segment", "tcp.analysis.ack_lost_segment"]
CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
GOOD, UNVERIFIED = "1", "2"
# Messages after which captures are cut, so that they begin in the middle of what follows; and those that lack bytes.
JOINED_AFTER = (3,)
INCOMPLETE_JOINED_AFTER = (0, 3, 6)


def run(*command):
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def events_of(httpprof, paths, side):
    return [json.loads(line) for line in run(httpprof, "analyze", "--side", side, *paths).splitlines()]


def ends_of(event):
    return frozenset([(event["source_ip"], event["source_port"]), (event["dest_ip"], event["dest_port"])])


def once(client, server):
    """The events of each connection as one end saw it: the client, where it was recorded."""
    known = {ends_of(event) for event in client}
    return client + [event for event in server if ends_of(event) not in known]


def messages_of(events):
    """By source and destination, what was said, in order."""
    messages = collections.defaultdict(list)
    for event in sorted(events, key=lambda event: event["timestamp"]):
        path = (event["source_ip"], event["source_port"], event["dest_ip"], event["dest_port"])
        said = (event["method"], event["url"]) if "method" in event else str(event["status_code"])
        messages[path].append(said)
    return messages


def frames_of(packets):
    """What tshark says of each, as lists of values by field."""
    wanted = [argument for field in FIELDS for argument in ("-e", field)]
    lines = run("tshark", "-r", packets, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=" + SEPARATOR,
                *wanted, *CHECKSUMS).splitlines()
    rows = [dict(zip(FIELDS, line.split("\t"))) for line in lines]
    return [{field: value.split(SEPARATOR) if value else [] for field, value in row.items()} for row in rows]


def messages_in(frames):
    messages = collections.defaultdict(list)
    for frame in frames:
        source = frame["ip.src"] or frame["ipv6.src"]
        destination = frame["ip.dst"] or frame["ipv6.dst"]
        path = (source[0], int(frame["tcp.srcport"][0]), destination[0], int(frame["tcp.dstport"][0]))
        said = list(zip(frame["http.request.method"], frame["http.request.uri"])) + frame["http.response.code"]
        if said:
            messages[path] += said
    return messages


def lacks_bytes(frame):
    return frame["frame.len"] != frame["frame.cap_len"]


def problems_of(frames, events, is_incomplete):
    has_gaps = any("gaps" in event for event in events)

    def count(field):
        return sum(bool(frame[field]) for frame in frames)

    if any(frame["ip.checksum.status"] not in ([], [GOOD]) or
           frame["tcp.checksum.status"] != [UNVERIFIED if lacks_bytes(frame) else GOOD] for frame in frames):
        yield "wrong checksums"
    for field in ("_ws.malformed", "tcp.analysis.retransmission", "tcp.analysis.out_of_order"):
        if count(field):
            yield f"{count(field)} packets with {field}"
    lost = (count("tcp.analysis.lost_segment") + count("tcp.analysis.ack_lost_segment") +
            sum(map(lacks_bytes, frames)))
    if has_gaps and lost == 0 or not is_incomplete and lost > 0:
        yield f"{lost} gaps"
    times = {frame["frame.time_epoch"][0] for frame in frames}
    missing = {event["timestamp"] for event in events if epoch(event["timestamp"]) not in times}
    if missing:
        yield f"no packets at {sorted(missing)}"
    found, expected = messages_in(frames), messages_of(events)
    for path in sorted(found.keys() | expected.keys()):
        if found[path] != expected[path]:
            yield f"{path}: tshark finds {found[path]}, analyze {expected[path]}"


def epoch(timestamp):
    """Seconds since 1970 with nine decimals, as tshark has them."""
    whole, fraction = timestamp.rstrip("Z").split(".")
    seconds = int(datetime.datetime.fromisoformat(whole + "+00:00").timestamp())
    return f"{seconds}.{fraction}"


def after(timestamp):
    whole, fraction = timestamp.rstrip("Z").split(".")
    return f"{whole}.{int(fraction) + 1:09}Z"


class Comparison:
    def __init__(self, httpprof, folder):
        self.httpprof, self.packets = httpprof, str(pathlib.Path(folder) / "packets.pcapng")
        self.count = self.messages = self.failures = 0

    def compare(self, paths, side, events, is_joined):
        self.count += 1
        self.messages += len(events)
        run(self.httpprof, "export", "pcapng", *paths, "--side", side, "-o", self.packets)
        is_incomplete = is_joined or any("gaps" in event or event.get("truncated") for event in events)
        problems = list(problems_of(frames_of(self.packets), events, is_incomplete))
        self.failures += bool(problems)
        for problem in problems:
            print(f"{paths[0]}, --side {side}: {problem}")

    def compare_sides(self, paths, is_joined=False):
        client, server = (events_of(self.httpprof, paths, side) for side in ("client", "server"))
        self.compare(paths, "server", server, is_joined)
        if is_joined:
            self.compare(paths, "client", client, is_joined)
        else:
            self.compare(paths, "one", once(client, server), is_joined)

    def compare_joined(self, paths):
        """As if the recording had begun later, or its first segments were gone."""
        for first in range(1, len(paths)):
            self.compare_sides(paths[first:], is_joined=True)
        if len(paths) > 1:
            return
        times = sorted(event["timestamp"] for event in events_of(self.httpprof, paths, "both"))
        is_incomplete = pathlib.Path(paths[0]).parent.name == "incomplete"
        for i in INCOMPLETE_JOINED_AFTER if is_incomplete else JOINED_AFTER:
            if i < len(times):
                part = str(pathlib.Path(self.packets).with_name(f"part{self.count}.httpprof"))
                subprocess.run([self.httpprof, "slice", *paths, "-o", part, "--from", after(times[i])],
                               capture_output=True, check=False)
                self.compare_sides([part], is_joined=True)


def captures_below(root):
    """The newest of each name; the segments of a recording together. Encrypted ones have the same packets."""
    captures = collections.defaultdict(list)
    for folder in [*sorted(pathlib.Path(root).glob("v*")), pathlib.Path(root) / "incomplete"]:
        found = collections.defaultdict(list)
        for path in sorted(folder.glob("*.httpprof")):
            found[path.name.split(".")[0]].append(str(path))
        captures.update(found)
    captures.pop("sealed", None)
    return captures.values()


def main():
    httpprof, split_capture, root = sys.argv[1:]
    if shutil.which("tshark") is None:
        print("skipped: there is no tshark")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(httpprof, folder)
        for paths in captures_below(root):
            comparison.compare_sides(paths)
            comparison.compare_joined(paths)
        split = str(pathlib.Path(folder) / "split.httpprof")
        run(split_capture, split)
        comparison.compare_sides([split])
    print(f"{comparison.count} exports with {comparison.messages} messages, of which {comparison.failures} are read differently")
    return 1 if comparison.failures or not comparison.count else 0


if __name__ == "__main__":
    sys.exit(main())
