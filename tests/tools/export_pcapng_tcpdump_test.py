"""Reads what `httpprof export pcapng` writes with tcpdump, and so with libpcap.

    export_pcapng_tcpdump_test.py HTTPPROF CAPTURES
"""

import pathlib
import shutil
import struct
import subprocess
import sys
import unittest

SKIPPED = 77
ENHANCED_PACKET = 6


def packets_in(pcapng):
    count = at = 0
    while at < len(pcapng):
        block_type, size = struct.unpack_from("<II", pcapng, at)
        count += block_type == ENHANCED_PACKET
        at += size
    return count


class TcpdumpTest(unittest.TestCase):
    def exported(self, *names, side="both"):
        paths = [CAPTURES / name for name in names]
        return subprocess.run([HTTPPROF, "export", "pcapng", *paths, "--side", side],
                              capture_output=True, check=True).stdout

    def lines(self, pcapng, *filter_expression):
        read = subprocess.run(["tcpdump", "-nr", "-", *filter_expression],
                              input=pcapng, capture_output=True, check=False)
        self.assertEqual(read.returncode, 0, read.stderr.decode())
        return [line for line in read.stdout.decode().splitlines() if " Flags " in line]

    def assert_reads_all(self, pcapng, *filter_expression):
        self.assertGreater(packets_in(pcapng), 0)
        self.assertEqual(len(self.lines(pcapng, *filter_expression)), packets_in(pcapng))

    def test_both_interfaces(self):
        self.assert_reads_all(self.exported("v1.1/demo.httpprof"), "tcp")

    def test_several_captures(self):
        self.assert_reads_all(self.exported("v1.1/demo.httpprof", "v1.1/go.httpprof"), "ip")

    def test_missing_bytes(self):
        self.assert_reads_all(self.exported("incomplete/snaplen.httpprof"))

    def test_ipv6(self):
        pcapng = self.exported("v1.0/nginx-ipv6.httpprof")
        self.assertTrue(self.lines(pcapng, "ip6 and tcp"))
        self.assert_reads_all(pcapng, "ip or ip6")

    def test_directions(self):
        pcapng = self.exported("v1.1/demo.httpprof", side="client")
        requests = [line for line in self.lines(pcapng, "outbound") if "HTTP: GET " in line]
        answers = [line for line in self.lines(pcapng, "inbound") if "HTTP: HTTP/1.1 " in line]
        self.assertTrue(requests)
        self.assertTrue(answers)
        directions = len(self.lines(pcapng, "outbound")) + len(self.lines(pcapng, "inbound"))
        self.assertEqual(directions, packets_in(pcapng))


if __name__ == "__main__":
    HTTPPROF, CAPTURES = sys.argv[1], pathlib.Path(sys.argv[2])
    if shutil.which("tcpdump") is None:
        print("skipped: there is no tcpdump")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
