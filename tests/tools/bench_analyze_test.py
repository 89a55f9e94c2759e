"""The traffic of tools/bench/analyze, and the driver itself on little of it. Nothing is timed.

    bench_analyze_test.py BIN    with httpprof and analyze_bench in it
"""

import base64
import collections
import itertools
import json
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop(1))
DRIVER = pathlib.Path(__file__).resolve().parents[2] / "tools/bench/analyze"
PCAP_HEADER, PACKET_HEADER = 24, 16


def output_of(*command):
    return subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True).stdout


def raw_of(event):
    if "raw_payload" in event:
        return event["raw_payload"].encode()
    return base64.b64decode(event["raw_payload_base64"])


def nanoseconds(timestamp):
    """Since midnight."""
    hours, minutes, seconds = timestamp.removesuffix("Z").partition("T")[2].split(":")
    return ((int(hours) * 60 + int(minutes)) * 60 * 10**9) + int(seconds.replace(".", ""))


def packets_of(path):
    data = path.read_bytes()
    at = PCAP_HEADER
    while at < len(data):
        _, _, size, _ = struct.unpack_from("<IIII", data, at)
        at += PACKET_HEADER
        yield data[at:at + size]
        at += size


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


class Traffic(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def make(self, kind, connections, *pcap, seed=1, mib=2):
        path = self.folder / "made.httpprof"
        made = output_of(BIN / "analyze_bench", "make", kind, connections, seed, mib, path, *pcap)
        return path, json.loads(made)["exchanges"]

    def events_of(self, path):
        lines = output_of(BIN / "httpprof", "analyze", path).splitlines()
        return [json.loads(line) for line in lines]

    def test_a_seed_always_gives_the_same(self):
        first, again, other = (
            output_of(BIN / "httpprof", "dump", self.make("web", 8, seed=seed)[0])
            for seed in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_every_message_is_read_and_nothing_is_odd(self):
        for kind in ("web", "bulk"):
            path, exchanges = self.make(kind, 8)
            events = self.events_of(path)
            self.assertEqual(len(events), 2 * exchanges, kind)
            self.assertFalse([event for event in events if "anomalies" in event], kind)
            info = json.loads(output_of(BIN / "httpprof", "info", "--json", path))
            self.assertGreaterEqual(info["raw_bytes"], 2 * 2**20)

    def test_web_traffic_is_what_the_page_says(self):
        events = self.events_of(self.make("web", 8)[0])
        requests = [event for event in events if "method" in event]
        responses = [event for event in events if "method" not in event]
        heads = [raw_of(event).index(b"\r\n\r\n") + 4 for event in requests]
        self.assertGreaterEqual(min(heads), 280)
        self.assertLessEqual(max(heads), 920)
        self.assertLessEqual(max(event.get("body_size", 0) for event in responses), 65 * 1024)
        seen = collections.Counter()
        for event in responses:
            headers = event["headers"]
            seen["chunked"] += "Transfer-Encoding" in headers
            seen["gzip"] += headers.get("Content-Encoding") == "gzip"
            seen["no body"] += event["status_code"] in (204, 304)
            seen["not UTF-8"] += "iso-8859-1" in headers.get("Content-Type", "")
            seen["picture"] += "image" in headers.get("Content-Type", "")
        self.assertEqual({kind for kind, count in seen.items() if count > 0}, set(seen))

    def test_bulk_traffic_has_most_connections_in_the_midst_of_a_message(self):
        changes = []
        for event in self.events_of(self.make("bulk", 50, mib=20)[0]):
            begin = nanoseconds(event["timestamp"])
            changes += [(begin, 1), (begin + event["duration_ns"], -1)]
        opened = list(itertools.accumulate(change for _, change in sorted(changes)))
        self.assertGreater(statistics.median(opened), 35)
        self.assertLessEqual(max(opened), 50)

    def test_the_pcap_has_the_same_bytes(self):
        pcap = self.folder / "made.pcap"
        path, _ = self.make("web", 8, pcap, 1460)
        streams = collections.defaultdict(bytes)
        expected_next, flags_seen = {}, collections.Counter()
        for packet in packets_of(pcap):
            self.assertEqual(checksum(packet[:20]), 0xFFFF)
            tcp = packet[20:]
            pseudo = packet[12:20] + struct.pack(">HH", 6, len(tcp))
            self.assertEqual(checksum(pseudo + tcp), 0xFFFF)
            source, destination, sequence, acknowledged = struct.unpack_from(">HHII", tcp)
            flags, payload = tcp[13], tcp[20:]
            self.assertLessEqual(len(payload), 1460)
            flow, back = (source, destination), (destination, source)
            self.assertEqual(expected_next.get(flow, sequence), sequence)
            if flags & 0x10:
                self.assertEqual(expected_next[back], acknowledged)
            expected_next[flow] = (sequence + len(payload) + bool(flags & 3)) % 2**32
            streams[flow] += payload
            flags_seen[flags & 3] += 1
        self.assertEqual(flags_seen[2], flags_seen[1])
        messages = collections.defaultdict(bytes)
        for event in self.events_of(path):
            messages[event["source_port"], event["dest_port"]] += raw_of(event)
        self.assertEqual(streams, messages)


class Driver(unittest.TestCase):
    def test_measures_everything_and_leaves_nothing_behind(self):
        parts = ["speed", "parser", "memory", "growth"]
        if shutil.which("tshark"):
            parts.append("tshark")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "inside").mkdir()
            table = output_of(sys.executable, "-B", DRIVER, "--build", BIN.parent, "--runs", 2,
                              "--mib", 1, "--tshark-mib", 1, "--memory-mib", 1, "--growth-mib", 1,
                              "--connections", 20, "--folder", folder / "inside", "--only", *parts,
                              "--json", folder / "results.json").decode()
            results = json.loads((folder / "results.json").read_text())
            self.assertEqual(list((folder / "inside").iterdir()), [])
        for part in parts:
            self.assertIn(part, results)
        self.assertEqual(len(results["speed"]["samples"]), 2)
        for measure in ("raw records, MB/s", "speed / http-parser", "peak memory at",
                        "time for 4 times the records"):
            self.assertIn(measure, table)


if __name__ == "__main__":
    unittest.main()
