"""What the drivers that time programs of ours have in common."""

import os
import shlex
import subprocess
import time

import traffic


def say(text):
    print(text, flush=True)


def build(*targets):
    """The folder of the release preset, with these targets built."""
    # Also where it has been configured: libraries may be there now that were not.
    subprocess.run(["cmake", "--preset", "release"], cwd=traffic.ROOT, check=True)
    folder = traffic.ROOT / "build/release"
    subprocess.run(["cmake", "--build", folder, "--target", *targets], check=True)
    return folder


def measure_command(command, output=subprocess.DEVNULL):
    """Runs it; its time, by the clock and of the CPUs, and the most memory that it had resident."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE) as process:
        try:
            said = process.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C, or a signal of traffic.end_on_signals
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))}: {said.strip()}")
    return {"seconds": time.monotonic() - started, "cpu": usage.ru_utime + usage.ru_stime,
            "peak": usage.ru_maxrss * 1024, "said": said}
