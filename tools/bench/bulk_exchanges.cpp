#include "tools/bench/bulk_exchanges.h"

#include <algorithm>

namespace httpprof::bench {
namespace {

constexpr std::size_t kCall = 4096;
constexpr std::size_t kLargestBody = 64 * 1024;
constexpr std::size_t kText = 4 * kLargestBody;  // the compressor sees all of it at a time

}  // namespace

BulkExchanges::BulkExchanges(std::uint64_t seed) : made_up_(seed) {
    made_up_.append_words(text_, kText);
}

// An upload that is answered shortly, or a download.
Exchange BulkExchanges::next() {
    const std::size_t size = made_up_.draw(1, kLargestBody);
    const std::string target = "/files/" + std::to_string(made_up_.draw(1, 9'999'999));
    if (made_up_.draw(0, 3) == 0) {
        return {.request = message("PUT " + target + " HTTP/1.1", size),
                .response = message("HTTP/1.1 201 Created", 0)};
    }
    return {.request = message("GET " + target + " HTTP/1.1", 0),
            .response = message("HTTP/1.1 200 OK", size)};
}

std::vector<std::string> BulkExchanges::message(std::string_view start_line, std::size_t size) {
    std::string bytes(start_line);
    bytes += "\r\nHost: files.example.com\r\nContent-Type: text/plain\r\nContent-Length: " +
             std::to_string(size) + "\r\n\r\n";
    bytes += std::string_view(text_).substr(made_up_.draw(0, kText - kLargestBody), size);
    std::vector<std::string> calls;
    for (std::size_t at = 0; at < bytes.size(); at += kCall)
        calls.push_back(bytes.substr(at, kCall));
    return calls;
}

}  // namespace httpprof::bench
