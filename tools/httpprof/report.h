// What the commands say to people: on standard error, but for print().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/result.h"

namespace httpprof::cli {

// Prints one line, after "httpprof: ", with control characters escaped. printf's formats.
[[gnu::format(printf, 1, 2)]] void report(const char* format, ...);

// Reports the error; the exit status for it.
int fail(const Error& error);
// Reports what is wrong with the command line; the exit status for it.
int fail_command_line(const std::string& problem);
// Of an output that is done when its reader has left: 0, and not a word, for that.
int fail_unless_reader_left(const Error& error);

// Prints what was asked for on standard output; the exit status: 0 also where its reader has left.
int print(const std::string& text);

// "1 record", "2 records".
std::string count_text(std::uint64_t count, const char* singular, const char* plural);

// "1,234,567".
std::string grouped(std::uint64_t count);

// "512 bytes", "1.5 MiB".
std::string size_text(std::uint64_t bytes);

// With the separator between them.
std::string joined(const std::vector<std::string>& words, const char* separator);

}  // namespace httpprof::cli
