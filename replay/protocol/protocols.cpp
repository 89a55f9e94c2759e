#include "replay/protocol/protocols.h"

#include <algorithm>
#include <array>

#include "replay/protocol/pairing.h"

namespace httpprof::replay {
namespace {

// The client's connection preface (RFC 9113, 3.4), as far as no other protocol starts.
Recognition find_client_preface(std::string_view bytes) {
    constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n";
    if (bytes.starts_with(kPreface)) return Recognition::yes;
    return kPreface.starts_with(bytes) ? Recognition::perhaps : Recognition::no;
}

// The server's: the header of a SETTINGS frame, which need not wait for that of the client.
Recognition find_server_preface(std::string_view bytes) {
    constexpr std::string_view kFrameHeader("\0\0*\x04\0\0\0\0\0", 9);
    constexpr std::size_t kLengthEnd = 2;
    constexpr unsigned kSettingSize = 6;
    for (std::size_t i = 0; i < std::min(bytes.size(), kFrameHeader.size()); ++i) {
        const bool fits = i == kLengthEnd ? static_cast<unsigned char>(bytes[i]) % kSettingSize == 0
                                          : bytes[i] == kFrameHeader[i];
        if (!fits) return Recognition::no;
    }
    return bytes.size() < kFrameHeader.size() ? Recognition::perhaps : Recognition::yes;
}

Recognition find_http2(std::string_view bytes) {
    return std::max(find_client_preface(bytes), find_server_preface(bytes));
}

// HTTP/1 finds its messages in any stream, so it takes what no other protocol claims.
Recognition take_as_http1(std::string_view) {
    return Recognition::yes;
}

bool is_http1_response(std::string_view bytes) {
    return bytes.starts_with("HTTP/1.");
}

bool is_http2_server(std::string_view bytes) {
    return find_server_preface(bytes) == Recognition::yes;
}

std::unique_ptr<Conversation> start_http1(ConversationSink& sink,
                                          const ConversationOptions& options) {
    return std::make_unique<Http1Pairing>(sink, options);
}

constexpr std::array kProtocols = {
    Protocol{"HTTP/2", find_http2, is_http2_server, nullptr},
    Protocol{"HTTP/1", take_as_http1, is_http1_response, start_http1},
};

}  // namespace

const Protocol& protocol_of(std::string_view first_bytes) {
    return *std::find_if(kProtocols.begin(), kProtocols.end(), [&](const Protocol& protocol) {
        return protocol.recognizes(first_bytes) == Recognition::yes;
    });
}

bool is_undecided(std::string_view first_bytes) {
    return std::ranges::any_of(kProtocols, [&](const Protocol& protocol) {
        return protocol.recognizes(first_bytes) == Recognition::perhaps;
    });
}

}  // namespace httpprof::replay
