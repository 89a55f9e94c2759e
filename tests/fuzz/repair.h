// Makes right in a capture what a fuzzer cannot guess.
#pragma once

#include <cstdint>
#include <string>

namespace httpprof::test {

// `file` with the sync words, sizes, tags, checksums, digests and chain of its frames made right;
// what they hold, and their numbers, stay. Frame n is left as it is where bit n % 8 of `left_out`
// is set.
std::string repaired(std::string file, std::uint8_t left_out);

}  // namespace httpprof::test
