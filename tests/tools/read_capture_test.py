"""Compares the reader written from format/README.md alone, tools/dev/read-capture, with `httpprof dump`,
over captures and over damaged copies of some of them.

    read_capture_test.py HTTPPROF READ_CAPTURE CAPTURES
"""

import contextlib
import functools
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
SEEDS = 3
PREAMBLE_SIZE = 16
FRAME_OVERHEAD = 88 + 32


def load(path):
    """read-capture as a module, which decompresses the same payload once."""
    loader = importlib.machinery.SourceFileLoader("read_capture", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("read_capture", loader))
    loader.exec_module(module)
    module.decompress = functools.lru_cache(maxsize=None)(module.decompress)
    return module


def lines_of(output):
    """Without what is for people only."""
    lines = [json.loads(line) for line in output.splitlines()]
    for line in lines:
        line.pop("what", None)
    return lines


def dump(httpprof, path):
    """The exit status, the lines and the messages."""
    finished = subprocess.run([httpprof, "dump", path], capture_output=True, check=False)
    return finished.returncode, lines_of(finished.stdout), finished.stderr.decode()


def read(read_capture, path):
    """The same of read-capture."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(output):
        try:
            read_capture.read(path)
            error = ""
        except read_capture.Refused as refusal:
            error = f"{refusal}\n"
    output.flush()
    return 1 if error else 0, lines_of(output.buffer.getvalue()), error


class Comparison:
    def __init__(self, httpprof, read_capture):
        self.httpprof, self.read_capture = httpprof, read_capture
        self.count = self.failures = 0

    def compare(self, path, name):
        self.count += 1
        status, lines, messages = dump(self.httpprof, path)
        other_status, other_lines, other_messages = read(self.read_capture, path)
        if (status, lines) == (other_status, other_lines):
            return
        self.failures += 1
        print(f"{name}: exit {status} and {other_status}, {len(lines)} and {len(other_lines)} lines")
        print(messages + other_messages, end="")
        for line, other in zip(lines + [None], other_lines + [None]):
            if line != other:
                print(f"  dump:         {json.dumps(line)}\n  read-capture: {json.dumps(other)}")
                break


def frames_of(capture):
    frames, offset = [], PREAMBLE_SIZE
    while offset < len(capture):
        size = FRAME_OVERHEAD + struct.unpack_from("<I", capture, offset + 8)[0]
        frames.append(capture[offset:offset + size])
        offset += size
    return frames


def flipped(data, position, chance):
    return data[:position] + bytes([data[position] ^ 1 << chance.randrange(8)]) + data[position + 1:]


def damaged_bytes(capture, chance):
    """Copies in which bytes are not what they were, wherever they are."""
    at, size = chance.randrange(len(capture)), chance.randrange(1, 1500)
    yield f"cut at {at}", capture[:at]
    yield f"flip at {at}", flipped(capture, at, chance)
    yield f"{size} zeros at {at}", (capture[:at] + bytes(size) + capture[at + size:])[:len(capture)]
    yield f"{size} removed at {at}", capture[:at] + capture[at + size:]
    yield f"{size} inserted at {at}", capture[:at] + chance.randbytes(size) + capture[at:]
    at = chance.randrange(PREAMBLE_SIZE)
    yield f"flip in the preamble at {at}", flipped(capture, at, chance)


def damaged_frames(capture, chance):
    """Copies in which whole frames are not where they were, or their headers are damaged."""
    frames, preamble = frames_of(capture), capture[:PREAMBLE_SIZE]
    one, other = chance.randrange(len(frames)), chance.randrange(len(frames))
    swapped = list(frames)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    mixed = chance.sample(frames, len(frames))
    few = [frame for frame in frames if chance.random() < 0.7]
    broken = [frame if chance.random() < 0.7 else flipped(frame, chance.randrange(88), chance)
              for frame in frames]
    without, doubled = frames[:one] + frames[one + 1:], frames[:other] + [frames[one]] + frames[other:]
    for name, variant in [(f"frame {one} removed", without),
                          (f"frames {one} and {other} swapped", swapped),
                          (f"frame {one} doubled before {other}", doubled), ("frames mixed", mixed),
                          ("some frames removed", few), ("some headers damaged", broken)]:
        yield name, preamble + b"".join(variant)
    yield "no preamble", b"".join(frames)


def samples(captures):
    """The smallest capture of each folder."""
    folders = {}
    for path in captures:
        folders.setdefault(path.parent, []).append(path)
    return [min(paths, key=lambda path: (path.stat().st_size, path)) for paths in folders.values()]


def main():
    httpprof, read_capture, root = sys.argv[1:]
    if shutil.which("zstd") is None and importlib.util.find_spec("zstandard") is None:
        print("skipped: there is neither the program zstd nor Python's zstandard")
        return SKIPPED
    comparison = Comparison(httpprof, load(read_capture))
    captures = sorted(pathlib.Path(root).rglob("*.httpprof"))
    for path in captures:
        comparison.compare(path, path.name)
    with tempfile.TemporaryDirectory() as folder:
        variant = pathlib.Path(folder) / "damaged.httpprof"
        for path in samples(captures):
            for seed in range(SEEDS):
                chance = random.Random(seed)
                capture = path.read_bytes()
                for damage in (damaged_bytes, damaged_frames):
                    for name, data in damage(capture, chance):
                        variant.write_bytes(data)
                        comparison.compare(variant, f"{path.name}, {name}")
    print(f"{comparison.count} captures, of which {comparison.failures} read differently")
    return 1 if comparison.failures or not captures else 0


if __name__ == "__main__":
    sys.exit(main())
