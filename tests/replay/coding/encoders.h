// Bodies in each coding, as the libraries' own encoders make them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace httpprof::test {

std::string gzip(std::string_view content, int level = 6);
// With every optional field of the header: extra, name, comment and the header's checksum.
std::string gzip_with_all_fields(std::string_view content);
std::string zlib(std::string_view content);
std::string raw_deflate(std::string_view content);
std::string brotli(std::string_view content, int window_log = 22);
std::string brotli_with_large_window(std::string_view content);

struct ZstdOptions {
    int window_log = 0;  // as the level has it
    bool checksum = true;
};
// As a stream: the frame does not say its content's size.
std::string zstd(std::string_view content, ZstdOptions options = {});
// In one go: the frame says its content's size.
std::string zstd_of_known_size(std::string_view content);
std::string skippable_frame(std::string_view content);

struct Encoder {
    std::string coding;  // as HTTP names it
    std::string name;    // of a test
    std::function<std::string(std::string_view)> encode;
    bool has_checksum = false;
};
const std::vector<Encoder>& encoders();

// Text that compresses to about a third, the same for the same size.
std::string some_text(std::size_t size);

}  // namespace httpprof::test
