"""What the programs of a benchmark print, as numbers, and what is computed from many of them."""

import re
import statistics

TSHARK_FIELDS = ("frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport",
                 "http.request.method", "http.request.uri", "http.response.code")
UNITS = {"byte": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def require(pattern, text, what):
    match = re.search(pattern, text, re.MULTILINE)
    if not match:
        raise ValueError(f"{what} did not print what was expected, but:\n{text}")
    return match


def parse_size(text):
    """Bytes of `1KiB`, `64 MiB` or `100`."""
    match = re.fullmatch(r"([0-9.]+)\s*([A-Za-z]*)", text.strip())
    if not match or match[2] not in {"", *UNITS}:
        raise ValueError(f"not a size: {text}")
    return round(float(match[1]) * UNITS[match[2] or "byte"])


def parse_record_counters(kind, text):
    """Records by cause, from lines as `httpprof: KIND: CAUSE: 12 records, 3.4 KiB`."""
    lines = re.findall(rf"^httpprof: {kind}: ([\w-]+): (\d+) ", text, re.MULTILINE)
    return {cause: int(count) for cause, count in lines}


def parse_record_summary(text):
    """What `httpprof record` says at its end. Raises where it did not say whether it lost any."""
    end = require(r"^httpprof: (.+) after ([0-9.]+) s: (\d+) records? .* of (\d+) process", text,
                  "httpprof record")
    lost = parse_record_counters("lost", text)
    if not lost:
        require(r"^httpprof: lost: nothing$", text, "httpprof record")
    return {"reason": end[1], "seconds": float(end[2]), "records": int(end[3]),
            "processes": int(end[4]), "lost": lost,
            "length_only": parse_record_counters("known by length only", text)}


def parse_analyze_summary(text):
    end = require(r"^httpprof: \d+ events? \((\d+) requests?, (\d+) responses?\)"
                  r" of .* on (\d+) connection", text, "httpprof analyze")
    return {"requests": int(end[1]), "responses": int(end[2]), "connections": int(end[3])}


def parse_wrk(text):
    requests = require(r"^ *(\d+) requests in ", text, "wrk")
    errors = re.findall(r"^ *(Socket errors:.*|Non-2xx.*)$", text, re.MULTILINE)
    latency = re.findall(r"^ +(50|99)% +([0-9.]+)(us|ms|s)$", text, re.MULTILINE)
    to_us = {"us": 1, "ms": 1e3, "s": 1e6}
    return {"requests": int(requests[1]),
            "requests_per_s": float(require(r"^Requests/sec: +([0-9.]+)", text, "wrk")[1]),
            "latency_us": {share: float(value) * to_us[unit] for share, value, unit in latency},
            "errors": errors}


def parse_ab(text):
    return {"complete": int(require(r"^Complete requests: +(\d+)", text, "ab")[1]),
            "failed": int(require(r"^Failed requests: +(\d+)", text, "ab")[1]),
            "requests_per_s": float(require(r"^Requests per second: +([0-9.]+)", text, "ab")[1])}


def parse_tcpdump(text):
    """Packets, from what tcpdump says at its end."""
    return {"captured": int(require(r"^(\d+) packets? captured", text, "tcpdump")[1]),
            "dropped": int(require(r"^(\d+) packets? dropped by kernel", text, "tcpdump")[1])}


def count_tshark_messages(lines):
    """Requests and responses, from lines of TSHARK_FIELDS. A packet that
    has several messages has several values, separated by commas, in each field of HTTP."""
    counts = {"requests": 0, "responses": 0}
    for line in lines:
        *_, method, _, status = line.rstrip("\n").split("\t")
        counts["requests"] += len(method.split(",")) if method else 0
        counts["responses"] += len(status.split(",")) if status else 0
    return counts


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "runs": len(values)}


def paired(tops, bottoms):
    """The ratios of figures that were measured beside each other."""
    return spread(top / bottom for top, bottom in zip(tops, bottoms, strict=True))


def rotated(names, run):
    """The order of one run: each name comes first, second, ... equally often."""
    shift = run % len(names)
    return names[shift:] + names[:shift]


def program_deltas(before, after):
    """What BPF programs did between two looks: {name: {runs, mean_ns, ns}}, the busiest first."""
    deltas = {}
    for name, (ns, runs) in after.items():
        ns_before, runs_before = before.get(name, (0, 0))
        if runs > runs_before:
            deltas[name] = {"runs": runs - runs_before, "ns": ns - ns_before,
                            "mean_ns": (ns - ns_before) / (runs - runs_before)}
    return dict(sorted(deltas.items(), key=lambda item: -item[1]["ns"]))


def ns_per_call(programs, count):
    """The BPF time of each of `count` reads and `count` writes: of every program its mean, as often
    as it runs for them. Other calls on the host are few beside them, and are rounded away."""
    return sum(program["mean_ns"] * round(program["runs"] / count)
               for program in programs.values()) / 2


def verdict(value, reach, aim, higher_is_better=False):
    """How a figure compares with what was expected. A bound itself is good enough."""
    sign = -1 if higher_is_better else 1
    if sign * value <= sign * aim:
        return "aim met"
    return "reach met" if sign * value <= sign * reach else "missed"


def table(rows):
    """Lines of columns, separated by bars; the first row is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    return [lines[0], "-|-".join("-" * width for width in widths), *lines[1:]]
