#include "replay/protocol/protocols.h"

#include <algorithm>
#include <array>

#include "replay/protocol/pairing.h"

namespace httpprof::replay {
namespace {

// The client's connection preface (RFC 9113, 3.4), as far as no other protocol starts.
bool starts_http2(std::string_view bytes) {
    return bytes.starts_with("PRI * HTTP/2.0\r\n");
}

// HTTP/1 finds its messages in any stream, so it takes what no other protocol claims.
bool may_be_http1(std::string_view) {
    return true;
}

bool is_http1_response(std::string_view bytes) {
    return bytes.starts_with("HTTP/1.");
}

bool is_no_answer(std::string_view) {
    return false;
}

std::unique_ptr<Conversation> start_http1(ConversationSink& sink,
                                          const ConversationOptions& options) {
    return std::make_unique<Http1Pairing>(sink, options);
}

constexpr std::array kProtocols = {
    Protocol{"HTTP/2", starts_http2, is_no_answer, nullptr},
    Protocol{"HTTP/1", may_be_http1, is_http1_response, start_http1},
};

}  // namespace

const Protocol& protocol_of(std::string_view first_bytes) {
    return *std::find_if(kProtocols.begin(), kProtocols.end(), [&](const Protocol& protocol) {
        return protocol.recognizes(first_bytes);
    });
}

}  // namespace httpprof::replay
