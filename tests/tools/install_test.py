#!/usr/bin/env python3
"""What `cmake --install` and `cpack` make of a build: the program runs from there, and its manual,
completions and dependencies are named. Usage: install_test.py CMAKE BUILD"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop()
CMAKE = sys.argv.pop()


def output_of(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def check_files(self, prefix):
        for name in ("share/man/man1/httpprof.1", "share/man/man1/httpprof-export-csv.1",
                     "share/bash-completion/completions/httpprof",
                     "share/zsh/vendor-completions/_httpprof",
                     "share/fish/vendor_completions.d/httpprof.fish",
                     "share/doc/httpprof/README.md", "share/doc/httpprof/copyright"):
            self.assertTrue((prefix / name).is_file(), name)
        self.assertRegex(output_of(prefix / "bin/httpprof", "--version"), r"^httpprof \d+\.\d+\.\d+\n$")

    def test_a_prefix(self):
        output_of(CMAKE, "--install", BUILD, "--prefix", self.root)
        self.check_files(self.root)

    def test_a_debian_package(self):
        for program in ("dpkg-deb", "dpkg-shlibdeps", "file"):
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        output_of(pathlib.Path(CMAKE).with_name("cpack"), "-G", "DEB", "-B", self.root,
                  "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=BUILD)
        package, = self.root.glob("httpprof_*.deb")
        self.assertRegex(output_of("dpkg-deb", "-f", package, "Depends"), "libc6.*libzstd1")
        output_of("dpkg-deb", "-x", package, self.root / "unpacked")
        self.check_files(self.root / "unpacked/usr")


if __name__ == "__main__":
    unittest.main()
