#include "tools/bench/parser_speed.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <http_parser.h>

#include "replay/protocol/http1.h"
#include "tools/bench/capture_file.h"
#include "tools/bench/stopwatch.h"

namespace httpprof::bench {
namespace {

constexpr std::string_view kRequest =
    "GET /catalog/garden/watering-cans?sort=price&page=3&colour=green HTTP/1.1\r\n"
    "Host: www.shop.example.com\r\n"
    "Connection: keep-alive\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Referer: http://www.shop.example.com/catalog/garden\r\n"
    "Accept-Encoding: gzip, deflate\r\n"
    "Accept-Language: en-GB,en;q=0.8,de;q=0.5\r\n"
    "Cookie: session=9f2c61d08be34a7b95e1f0c4d7a83b62; theme=dark; "
    "cart=K3VxZ2gtMTB8YmFzaWx8MnxjYW4tZ3JlZW4tMTBs\r\n"
    "Cache-Control: max-age=0\r\n"
    "\r\n";

std::string response() {
    constexpr std::size_t kBody = 200;
    std::string body = "{\"id\":48213,\"state\":\"shipped\",\"items\":[";
    while (body.size() + 40 < kBody)
        body += "{\"code\":\"garden-can\",\"n\":1},";
    body.back() = ']';
    body.append(kBody - 1 - body.size(), ' ');
    body += '}';
    return "HTTP/1.1 200 OK\r\n"
           "Server: nginx/1.26.1\r\n"
           "Date: Sat, 01 Aug 2026 10:42:17 GMT\r\n"
           "Content-Type: application/json\r\n"
           "Content-Length: 200\r\n"
           "Connection: keep-alive\r\n"
           "\r\n" +
           body;
}

class CountingSink : public replay::Http1Sink {
  public:
    void on_begin(const replay::Origin&, const replay::StartLine&) override {}
    void on_message(std::shared_ptr<replay::Message> message) override {
        ++messages;
        bytes += message->size;
    }
    void on_skipped(std::uint64_t, std::uint64_t) override { ++odd; }
    std::string_view method_answered_by(int) override { return "GET"; }
    void on_protocol_change(std::string_view) override { ++odd; }
    void on_opaque(std::uint64_t) override { ++odd; }

    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t odd = 0;
};

// One parser of either kind, over any number of messages of one connection.
class Ours {
  public:
    Ours() : parser_(sink_) {}

    void feed(std::string_view bytes) { parser_.feed(bytes, origin_); }
    std::uint64_t messages() const { return sink_.odd == 0 ? sink_.messages : 0; }

  private:
    CountingSink sink_;
    replay::Origin origin_{.time_ns = 1, .pid = 1, .process_start_ns = 1, .comm = "shop"};
    replay::Http1Parser parser_;
};

struct Counts {
    std::uint64_t messages = 0;
    std::uint64_t sections = 0;
    std::uint64_t bytes = 0;  // of targets, field names, field values and bodies
};

int count_bytes(http_parser* parser, const char*, std::size_t size) {
    static_cast<Counts*>(parser->data)->bytes += size;
    return 0;
}

int count_section(http_parser* parser) {
    ++static_cast<Counts*>(parser->data)->sections;
    return 0;
}

int count_message(http_parser* parser) {
    ++static_cast<Counts*>(parser->data)->messages;
    return 0;
}

class Peer {
  public:
    Peer() {
        http_parser_init(&parser_, HTTP_BOTH);
        parser_.data = &counts_;
        http_parser_settings_init(&settings_);
        settings_.on_url = settings_.on_header_field = settings_.on_header_value =
            settings_.on_body = count_bytes;
        settings_.on_headers_complete = count_section;
        settings_.on_message_complete = count_message;
    }
    Peer(const Peer&) = delete;  // the parser points to the counts
    Peer& operator=(const Peer&) = delete;

    void feed(std::string_view bytes) {
        http_parser_execute(&parser_, &settings_, bytes.data(), bytes.size());
    }
    std::uint64_t messages() const {
        return parser_.http_errno == HPE_OK && counts_.sections == counts_.messages
                   ? counts_.messages
                   : 0;
    }

  private:
    http_parser parser_{};
    http_parser_settings settings_{};
    Counts counts_;
};

// Seconds for each of `count` messages that arrive one by one.
template <typename Parser>
double seconds_per_message(std::string_view message, std::uint64_t count) {
    Parser parser;
    Stopwatch watch(CLOCK_THREAD_CPUTIME_ID);
    for (std::uint64_t i = 0; i < count; ++i)
        parser.feed(message);
    const double seconds = watch.lap();
    need(parser.messages() == count, "a parser does not find all messages");
    return seconds / static_cast<double>(count);
}

// The two take turns, many times in a round: what slows the machine for a while meets both.
void measure_round(const char* name, std::string_view message) {
    constexpr int kTurns = 20;
    constexpr std::uint64_t kCount = 20'000;
    double ours = 0;
    double peer = 0;
    for (int turn = 0; turn < kTurns; ++turn) {
        ours += seconds_per_message<Ours>(message, kCount);
        peer += seconds_per_message<Peer>(message, kCount);
    }
    std::printf("{\"message\": \"%s\", \"bytes\": %zu, \"ours\": %.4g, \"peer\": %.4g}\n", name,
                message.size(), ours / kTurns, peer / kTurns);
    std::fflush(stdout);
}

}  // namespace

void measure_parsers(int rounds) {
    const std::string answer = response();
    for (int round = 0; round < rounds; ++round) {
        measure_round("request", kRequest);
        measure_round("response", answer);
    }
}

}  // namespace httpprof::bench
