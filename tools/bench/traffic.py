"""The programs of a benchmark: a web server, what asks it, and what watches both.

Everything runs on the loopback, in a temporary folder, and ends with the `with` block around it.
"""

import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import figures

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
BPF_MAP_TYPE_RINGBUF = "27"  # enum bpf_map_type in linux/bpf.h
BPF_STATS = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
START_LIMIT_S = 60
END_LIMIT_S = 120


def require_programs(*names):
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        raise SystemExit(f"not found: {', '.join(missing)}; run tools/dev/install-deps bench")


def end_on_signals():
    """SIGTERM and SIGHUP unwind as Ctrl-C does, so that `with` blocks end what they started."""
    def stop(number, _):
        raise SystemExit(128 + number)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


@contextlib.contextmanager
def folder_in(parent):
    with tempfile.TemporaryDirectory(prefix="httpprof-bench.", dir=parent) as name:
        yield pathlib.Path(name)


def output_of(*command):
    """Standard output and error of a program that has to succeed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed: {done.stdout}")
    return done.stdout


def version_of(*command):
    """The first line in which a program names its version; some end with a failure after it."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.splitlines()[0].strip()


class Process:
    """A program that runs beside us, in a process group of its own, so that Ctrl-C reaches it
    through us only. Its session is ours: between sessions the scheduler shares the CPUs out by
    session, not by process (autogroup, sched(7)), which services do not meet."""

    def __init__(self, command, log, end_signal=signal.SIGINT):
        self.command = [str(word) for word in command]
        self.log = log
        self.end_signal = end_signal
        with open(log, "wb") as output:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=output, process_group=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(self.end_signal)
            try:
                self.child.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    @property
    def pid(self):
        return self.child.pid

    def said(self):
        return self.log.read_text(errors="replace")

    def await_line(self, pattern):
        deadline = time.monotonic() + START_LIMIT_S
        while not re.search(pattern, self.said(), re.MULTILINE):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.command[0]} does not start: {self.said()}")
            time.sleep(0.02)

    def end(self):
        """Ends it and returns what it said."""
        self.__exit__()
        if self.child.returncode != 0:
            raise RuntimeError(f"{self.command[0]} failed: {self.said()}")
        return self.said()

    def cpu_s(self):
        """User and system time of all its threads (proc(5))."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def memory(self):
        """Bytes: VmHWM, VmRSS and its parts, and Pss, which counts a page once that is mapped
        twice, as libbpf maps ring buffers."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        text += pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        wanted = r"^(VmHWM|VmRSS|RssAnon|RssFile|RssShmem|Pss):\s+(\d+) kB$"
        return {name: int(size) * 1024 for name, size in re.findall(wanted, text, re.MULTILINE)}


class Recorder(Process):
    """`httpprof record`, from when it is attached."""

    def __init__(self, httpprof, capture, arguments=()):
        self.capture = capture
        started = time.monotonic()
        super().__init__([httpprof, "record", "-f", "-o", capture, *arguments],
                         capture.with_suffix(".record.log"))
        try:
            self.await_line(r"^httpprof: recording ")
        except BaseException:
            self.__exit__()
            raise
        self.start_s = time.monotonic() - started

    def end(self):
        summary = figures.parse_record_summary(super().end())
        return {**summary, "size": self.capture.stat().st_size}

    def _descriptors(self, key):
        """The fdinfo of its BPF programs (`prog_id`) or maps (`map_id`), by id."""
        found = {}
        for path in pathlib.Path(f"/proc/{self.pid}/fdinfo").iterdir():
            info = dict(re.findall(r"^(\w+):\s+(\S+)$", path.read_text(), re.MULTILINE))
            if key in info:
                found[info[key]] = info
        return found

    def program_times(self):
        """{name: (run_time_ns, run_cnt)} of its BPF programs, since kernel.bpf_stats_enabled."""
        mine = self._descriptors("prog_id")
        shown = json.loads(output_of("bpftool", "--json", "prog", "show"))
        times = {program["name"]: (program.get("run_time_ns", 0), program.get("run_cnt", 0))
                 for program in shown if str(program["id"]) in mine}
        if not times:
            raise RuntimeError("the recorder has no BPF programs that bpftool can see")
        return times

    def ring_size(self):
        return sum(int(info["max_entries"]) for info in self._descriptors("map_id").values()
                   if info["map_type"] == BPF_MAP_TYPE_RINGBUF)

    def map_entries(self, name):
        """What a BPF map holds, as bpftool prints it; None where there is none of that name."""
        mine = self._descriptors("map_id")
        for shown in json.loads(output_of("bpftool", "--json", "map", "show")):
            if str(shown["id"]) in mine and shown.get("name") == name:
                return json.loads(output_of("bpftool", "--json", "map", "dump", "id",
                                            str(shown["id"])))
        return None

    def produced(self):
        """Records that its BPF programs set out to write: COUNTER_PRODUCED of bpf/counters.h, the
        first slot, of all CPUs."""
        entries = self.map_entries("counters")
        if not entries:
            raise RuntimeError("the recorder has no BPF map called counters")
        return sum(entry["formatted"]["value"]["slots"][0]["records"] for entry in entries)


class Tcpdump(Process):
    """`tcpdump -w` of whole packets of one port on the loopback, with a buffer of 64 MiB, which is
    the recorder's default as well."""

    def __init__(self, file, port):
        self.file = file
        super().__init__(["tcpdump", "-i", "lo", "-s", "0", "-B", "65536", "-Z", "root",
                          "-w", file, "port", port], file.with_suffix(".tcpdump.log"))
        try:
            self.await_line("listening on")
        except BaseException:
            self.__exit__()
            raise

    def end(self):
        """Not before it has written what waits in its buffer: it would forget that."""
        size = -1
        while size != self.file.stat().st_size:
            size = self.file.stat().st_size
            time.sleep(0.5)
        packets = figures.parse_tcpdump(super().end())
        return {**packets, "size": self.file.stat().st_size}


NGINX_CONFIGURATION = """\
user root;
worker_processes {workers};
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile {sendfile};
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    server {{
        listen 127.0.0.1:{port};
        root files;
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def text_like(size):
    """Words in lines, the same on every run: bodies that compress as text does."""
    dice = random.Random(size)
    words = ["".join(dice.choices("etaoinshrdlucmfwyp", k=dice.randint(2, 9)))
             for _ in range(500)]
    text = ""
    while len(text) < size:
        text += " ".join(dice.choices(words, k=12)) + "\n"
    return text[:size].encode()


class Nginx(Process):
    """A server of files that are called by their size in bytes."""

    def __init__(self, folder, sizes, workers=1, sendfile="off"):
        self.port = free_port()
        (folder / "files").mkdir(parents=True)
        (folder / "temporary").mkdir()
        for size in sizes:
            (folder / "files" / str(size)).write_bytes(text_like(size))
        (folder / "nginx.conf").write_text(NGINX_CONFIGURATION.format(
            workers=workers, sendfile=sendfile, port=self.port))
        super().__init__(["nginx", "-e", folder / "error.log", "-p", folder, "-c", "nginx.conf"],
                         folder / "nginx.log", signal.SIGTERM)
        self.await_connections()

    def await_connections(self):
        deadline = time.monotonic() + START_LIMIT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.child.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise RuntimeError(f"nginx does not start: {self.said()}") from None
                time.sleep(0.02)

    def url(self, size):
        return f"http://127.0.0.1:{self.port}/{size}"


def run_wrk(url, seconds, connections):
    return figures.parse_wrk(output_of("wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                                       "--latency", url))


def run_ab(url, requests, connections):
    """Requests of a connection each."""
    return figures.parse_ab(output_of("ab", "-q", "-r", "-n", str(requests),
                                      "-c", str(connections), url))


def run_dd(count):
    """Seconds that reading and writing single bytes takes: on the clock, and of CPU time."""
    before = os.times()
    output_of("dd", "if=/dev/zero", "of=/dev/null", "bs=1", f"count={count}", "status=none")
    after = os.times()
    return {"elapsed": after.elapsed - before.elapsed,
            "cpu": (after.children_user + after.children_system
                    - before.children_user - before.children_system)}


@contextlib.contextmanager
def bpf_statistics():
    """The kernel times BPF programs as long as this lasts."""
    before = BPF_STATS.read_text()
    BPF_STATS.write_text("1")
    try:
        yield
    finally:
        BPF_STATS.write_text(before)
