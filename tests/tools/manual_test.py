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


def commands(*above):
    """All commands, as they are typed: those of `export` are two words."""
    text = output_of(HTTPPROF, *above, "--help").partition("Example:")[0]
    below = re.findall(r"^  ([a-z-]+) ", text.partition("Subcommands:")[2], re.MULTILINE)
    return [" ".join(above)] * bool(above) + sum((commands(*above, name) for name in below), [])


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        output_of(HTTPPROF, "manual", cls.folder.name)
        cls.root = pathlib.Path(cls.folder.name)

    def test_each_command_has_a_page_and_an_example(self):
        self.assertIn("export csv", commands())
        for command in commands():
            page = (self.root / f"man1/httpprof-{command.replace(' ', '-')}.1").read_text()
            self.assertIn("Example:", page, command)
            self.assertIn(f"  httpprof {command}", page.replace("\\-", "-"))

    def test_help_shows_what_options_take(self):
        for command in commands():
            text = output_of(HTTPPROF, *command.split(), "--help")
            self.assertNotRegex(text, r"TEXT:|UINT|ENUM|->|[\0-\x08]", command)
        self.assertIn("--format yaml|json|dot|mermaid",
                      output_of(HTTPPROF, "export", "service-map", "--help"))

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
                self.assertIn(command.split()[-1], text)
            if shutil.which(shell):
                output_of(shell, "-n", self.root / file)

    LINES = (("anal", ["analyze"]), ("analyze --filt", ["--filter"]),
             ("analyze x.httpprof --side ", ["both", "client", "server"]),
             ("export s", ["service-map"]), ("export service-map --format d", ["dot"]))

    def test_bash_completes(self):
        script = (f"source {self.root}/bash/httpprof; IFS= read -r line; "
                  "COMP_WORDS=(httpprof $line); [[ $line == *' ' ]] && COMP_WORDS+=(''); "
                  "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _httpprof; echo ${COMPREPLY[@]}")
        for line, words in self.LINES:
            found = output_of("bash", "-c", script, input=line + "\n").split()
            self.assertEqual(sorted(found), words, line)

    def test_fish_completes(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")
        for line, words in self.LINES:
            script = f"source {self.root}/fish/httpprof.fish; complete -C 'httpprof {line}'"
            found = output_of("fish", "--no-config", "-c", script).splitlines()
            self.assertEqual(sorted(word.split("\t")[0] for word in found), words, line)


if __name__ == "__main__":
    unittest.main()
