"""What tools/bench reads from other programs, and what it computes."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/bench"))

import figures  # noqa: E402

RECORDED = """\
httpprof: recording to /tmp/a.httpprof
httpprof: interrupted after 3.2 s: 1200 records (1.5 MiB) of 1 process in /tmp/a.httpprof (9 bytes)
httpprof: lost: ring-full: 12 records, 3.4 KiB
httpprof: lost: writer-too-slow: 1 record, 1 byte
httpprof: known by length only: snaplen: 5 records, 10 bytes
httpprof: last digest 00ff
"""
WRK = """\
  1 threads and 16 connections
  Latency Distribution
     50%  322.00us
     99%    4.56ms
  69504 requests in 2.01s, 83.78MB read
  Non-2xx or 3xx responses: 7
Requests/sec:  34594.53
"""


class RecordSummary(unittest.TestCase):
    def test_counts_records_and_losses_by_cause(self):
        summary = figures.parse_record_summary(RECORDED)
        self.assertEqual(summary["records"], 1200)
        self.assertEqual(summary["processes"], 1)
        self.assertEqual(summary["lost"], {"ring-full": 12, "writer-too-slow": 1})
        self.assertEqual(summary["length_only"], {"snaplen": 5})

    def test_knows_that_nothing_was_lost_only_when_told(self):
        lines = [line for line in RECORDED.splitlines(keepends=True) if "lost" not in line]
        with self.assertRaises(ValueError):
            figures.parse_record_summary("".join(lines))
        told = "".join(lines) + "httpprof: lost: nothing\n"
        self.assertEqual(figures.parse_record_summary(told)["lost"], {})

    def test_wants_an_end(self):
        with self.assertRaises(ValueError):
            figures.parse_record_summary("httpprof: recording to a\n")


class OtherPrograms(unittest.TestCase):
    def test_analyze(self):
        text = ("httpprof: 4 events (2 requests, 2 responses) of 2 processes on 1 connection\n"
                "httpprof: 1 request without a response\n")
        self.assertEqual(figures.parse_analyze_summary(text),
                         {"requests": 2, "responses": 2, "connections": 1})

    def test_wrk(self):
        wrk = figures.parse_wrk(WRK)
        self.assertEqual(wrk["requests"], 69504)
        self.assertEqual(wrk["requests_per_s"], 34594.53)
        self.assertEqual(wrk["latency_us"], {"50": 322.0, "99": 4560.0})
        self.assertEqual(wrk["errors"], ["Non-2xx or 3xx responses: 7"])

    def test_tcpdump(self):
        text = "1 packet captured\n6060 packets received by filter\n3 packets dropped by kernel\n"
        self.assertEqual(figures.parse_tcpdump(text), {"captured": 1, "dropped": 3})

    def test_tshark(self):
        common = "1785000000.5\t127.0.0.1\t40000\t127.0.0.1\t8080\t"
        lines = [common + "GET\t/a,b\t\n", common + "\t\t200\n",
                 common + "GET,HEAD\t/c,/d\t\n", common + "\t\t100,404\n", common + "\t\t\n"]
        self.assertEqual(figures.count_tshark_messages(lines), {"requests": 3, "responses": 3})


class Sizes(unittest.TestCase):
    def test_units(self):
        self.assertEqual(figures.parse_size("1KiB"), 1024)
        self.assertEqual(figures.parse_size("1.5 MiB"), 1572864)
        self.assertEqual(figures.parse_size("7"), 7)
        with self.assertRaises(ValueError):
            figures.parse_size("1 kB")


class Computations(unittest.TestCase):
    def test_ratios_are_taken_run_by_run(self):
        self.assertEqual(figures.paired([10, 90, 30], [20, 100, 30]),
                         {"median": 0.9, "min": 0.5, "max": 1.0, "runs": 3})
        with self.assertRaises(ValueError):
            figures.paired([1, 2], [1])

    def test_every_name_comes_first_equally_often(self):
        orders = [figures.rotated(["a", "b", "c"], run) for run in range(3)]
        self.assertEqual(orders, [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]])

    def test_program_times_between_two_looks(self):
        deltas = figures.program_deltas({"read": (1000, 10), "idle": (5, 1)},
                                        {"read": (3000, 20), "idle": (5, 1), "new": (70, 7)})
        self.assertEqual(deltas, {"read": {"runs": 10, "ns": 2000, "mean_ns": 200},
                                  "new": {"runs": 7, "ns": 70, "mean_ns": 10}})

    def test_time_per_call_counts_each_program_as_often_as_it_runs_for_a_call(self):
        one_for_both = {"both": {"runs": 210, "mean_ns": 50}, "other": {"runs": 3, "mean_ns": 900}}
        self.assertEqual(figures.ns_per_call(one_for_both, 100), 50)
        at_both_ends = {name: {"runs": 101, "mean_ns": 30}
                        for name in ("enter_read", "exit_read", "enter_write", "exit_write")}
        self.assertEqual(figures.ns_per_call(at_both_ends, 100), 60)

    def test_a_bound_itself_is_good_enough(self):
        self.assertEqual(figures.verdict(100, reach=200, aim=100), "aim met")
        self.assertEqual(figures.verdict(200, reach=200, aim=100), "reach met")
        self.assertEqual(figures.verdict(201, reach=200, aim=100), "missed")
        self.assertEqual(figures.verdict(0.85, 0.7, 0.85, higher_is_better=True), "aim met")
        self.assertEqual(figures.verdict(0.69, 0.7, 0.85, higher_is_better=True), "missed")

    def test_a_table_has_straight_columns(self):
        self.assertEqual(figures.table([["a", "value"], ["long", "1"]]),
                         ["a    | value", "-----|------", "long | 1"])


if __name__ == "__main__":
    unittest.main()
