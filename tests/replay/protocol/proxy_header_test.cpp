#include "replay/protocol/proxy_header.h"

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace httpprof::replay {
namespace {

using namespace std::literals;

// Whatever stands behind it, and undecided at each length before it is known.
void expect_header(std::string_view header, std::size_t known_from) {
    const std::string stream = std::string(header) + "GET / HTTP/1.1\r\n\r\n";
    for (std::size_t size = 0; size <= stream.size(); ++size) {
        const auto expected =
            size < known_from ? std::nullopt : std::optional<std::uint64_t>(header.size());
        EXPECT_EQ(proxy_header_size(stream.substr(0, size)), expected) << size;
    }
}

TEST(ProxyHeader, Text) {
    for (const auto header : {"PROXY TCP4 192.0.2.1 198.51.100.1 40000 80\r\n"sv,
                              "PROXY TCP6 2001:db8::1 ::1 1 2\r\n"sv, "PROXY UNKNOWN\r\n"sv,
                              "PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n"sv})
        expect_header(header, header.size());
}

TEST(ProxyHeader, Binary) {
    expect_header(
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
        "abcdefghijkl"sv,
        16);
    expect_header("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv, 16);
}

TEST(ProxyHeader, ABinaryOneMayGoOn) {
    EXPECT_EQ(proxy_header_size("\r\n\r\n\0\r\nQUIT\n\x21\x11\x01\x80"sv), 16u + 384u);
}

TEST(ProxyHeader, None) {
    for (const auto text :
         {"GET / HTTP/1.1\r\n"sv, "POST"sv, "HTTP/1.1 200 OK\r\n"sv, "\r\nGET"sv, "\r\n\r\nG"sv,
          "PROXY UDP4 "sv, "PROXY / HTTP/1.1\r\n"sv, "\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c"sv})
        EXPECT_EQ(proxy_header_size(text), 0u) << text;
}

TEST(ProxyHeader, ATextWithoutEndIsNone) {
    std::string text = "PROXY TCP4 ";
    text.resize(106, '1');
    EXPECT_EQ(proxy_header_size(text), std::nullopt);
    EXPECT_EQ(proxy_header_size(text + '1'), 0u);
}

}  // namespace
}  // namespace httpprof::replay
