#!/usr/bin/env python3
"""The manual pages and completions that `httpprof manual` writes: all commands are in them, and the
programs that read them find nothing wrong. Usage: manual_test.py HTTPPROF"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HTTPPROF = sys.argv.pop()


def output_of(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def commands():
    text = output_of(HTTPPROF, "--help").split("Subcommands:")[1]
    return re.findall(r"^  ([a-z]+) ", text, re.MULTILINE)


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        output_of(HTTPPROF, "manual", cls.folder.name)
        cls.root = pathlib.Path(cls.folder.name)

    def test_each_command_has_a_page_and_an_example(self):
        self.assertGreater(len(commands()), 10)
        for command in commands():
            page = (self.root / f"man1/httpprof-{command}.1").read_text()
            self.assertIn("Example:", page, command)
            self.assertIn(f"httpprof {command}", page.replace("\\-", "-"))

    def test_pages_have_no_warnings(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        for page in (self.root / "man1").iterdir():
            done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z", page],
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)

    def test_completions_can_be_read(self):
        for shell, file in (("bash", "bash/httpprof"), ("zsh", "zsh/_httpprof"),
                            ("fish", "fish/httpprof.fish")):
            text = (self.root / file).read_text()
            for command in commands():
                self.assertIn(command, text)
            if shutil.which(shell):
                output_of(shell, "-n", self.root / file)

    def test_bash_completes_commands_and_options(self):
        script = (f"source {self.root}/bash/httpprof; COMP_WORDS=(httpprof %s); COMP_CWORD=%d; "
                  "_httpprof; echo ${COMPREPLY[@]}")
        self.assertEqual(output_of("bash", "-c", script % ("anal", 1)), "analyze\n")
        self.assertIn("--filter", output_of("bash", "-c", script % ("analyze --f", 2)))


if __name__ == "__main__":
    unittest.main()
