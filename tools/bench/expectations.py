"""The table at the end of record-overhead: each figure beside what was expected of it."""

import figures

CLOCKS = {"elapsed": "elapsed", "cpu": "CPU time"}
EXPECTED_RATE = 150_000  # records/s


def shown(spread, form="{:,.0f}"):
    return " ".join([form.format(spread["median"]),
                     f"({form.format(spread['min'])} to {form.format(spread['max'])})"])


def speed_rows(label, speed):
    """What was expected was expected of bodies of 1 KiB, at more than EXPECTED_RATE."""
    is_expected = label == "1KiB"
    rate = speed["records_per_s"]
    ratio, cpu = speed["record_to_without"], speed["recorder_cpu"]
    percent = "{:.1%}"
    rows = [[f"{label}: {kind}, requests/s", shown(speed["requests_per_s"][kind]), "", "", ""]
            for kind in speed["requests_per_s"]]
    rows.append(with_bounds(f"{label}: speed with record / without", ratio, "{:.2f}", 0.70, 0.85,
                            is_expected, higher_is_better=True))
    rows.append([f"{label}: speed with tcpdump / without",
                 shown(speed["tcpdump_to_without"], "{:.2f}"), "", "", ""])
    rows.append(with_bounds(f"{label}: speed with record / with tcpdump",
                            speed["record_to_tcpdump"], "{:.2f}", 1.0, 1.0, is_expected,
                            higher_is_better=True))
    rows.append([f"{label}: records/s", shown(rate), "", "", ""])
    at_rate = [with_bounds(f"{label}: records lost in a run", speed["lost"], "{:,.0f}", 0, 0,
                           is_expected),
               with_bounds(f"{label}: recorder CPU, of one core", cpu, percent, 0.20, 0.10,
                           is_expected)]
    if is_expected:  # one loss is a loss, whatever the median
        at_rate[0][-1] = figures.verdict(speed["lost"]["max"], 0, 0)
    if is_expected and rate["median"] < EXPECTED_RATE:
        for row in at_rate:
            row[-1] += f", but below {EXPECTED_RATE:,} records/s"
    rows += at_rate
    rows.append([f"{label}: tcpdump CPU, of one core", shown(speed["tcpdump_cpu"], percent),
                 "", "", ""])
    rows.append([f"{label}: packets tcpdump dropped", f"{speed['tcpdump_dropped']:,}", "", "", ""])
    return rows + memory_rows(label, speed)


def with_bounds(label, spread, form, reach, aim, is_expected, higher_is_better=False):
    """A row whose figure is compared with what was expected, where anything was."""
    if not is_expected:
        return [label, shown(spread, form), "", "", ""]
    return [label, shown(spread, form), form.format(reach), form.format(aim),
            figures.verdict(spread["median"], reach, aim, higher_is_better)]


def memory_rows(label, speed):
    mib = {name: {key: value / 2**20 for key, value in spread.items()}
           for name, spread in speed["memory"].items()}
    bound = speed["ring_size"] / 2**20 + 64
    return [
        with_bounds(f"{label}: peak resident memory (VmHWM), MiB", mib["VmHWM"], "{:.0f}", bound,
                    bound, True),
        [f"{label}: of that, its own (RssAnon), MiB", shown(mib["RssAnon"], "{:.1f}"), "", "", ""],
        [f"{label}: each page counted once (Pss), MiB", shown(mib["Pss"]), "", "", ""],
        [f"{label}: capture, bytes per request", shown(speed["bytes_per_request"]["record"]),
         "", "", ""],
    ]


def program_rows(programs):
    rows = [with_bounds("BPF time for a read or write of dd, ns",
                        programs["ns_per_unrelated_call"], "{:.0f}", 200, 100, True)]
    for doing, names in programs["programs"].items():
        rows += [[f"  mean of {name} during {doing}, ns", shown(program["mean_ns"]), "", "",
                  f"{program['runs']:,} runs"] for name, program in names.items()]
    return rows


def syscall_rows(syscalls):
    return [[f"read or write of dd, {CLOCKS[clock]}, {kind}, ns",
             shown(syscalls[clock][kind]), "", "", ""]
            for clock in CLOCKS for kind in ("without", "record", "added")]


def size_rows(label, sizes):
    row = with_bounds(f"{label}: capture / zstd -1 of the pcap", sizes["ratio"], "{:.2f}", 1.0, 0.5,
                      True)
    if sizes["incomplete"] > 0:
        row[-1] = "not comparable: incomplete"
    return [row] + [[f"{label}: {name}, bytes per request", shown(spread), "", "", ""]
                    for name, spread in sizes["bytes_per_request"].items()]


def rows(results):
    lines = [["measure", "value: median (min to max)", "reach", "aim", "verdict"]]
    for label, speed in results.get("speed", {}).items():
        lines += speed_rows(label, speed)
    if "programs" in results:
        lines += program_rows(results["programs"])
    if "syscalls" in results:
        lines += syscall_rows(results["syscalls"])
    for label, sizes in results.get("size", {}).items():
        lines += size_rows(label, sizes)
    return lines
