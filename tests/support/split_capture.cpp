// Writes a capture of messages in chunks, each of which came in two system calls, cut at another
// byte, and once byte by byte: split_capture FILE. For tests of readers that do not wait for a
// message's end.
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "format/writer.h"
#include "tests/support/capture_bytes.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

// Fields and bodies of messages.
const std::vector<std::string> kRests = {
    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\n\r\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Time: 2\r\n\r\n"};
const std::string kGet = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";

// Connections of a client, a call after another.
class Calls {
  public:
    void connect() {
        ++socket_.inode;
        ++socket_.local_port;
        sent_ = received_ = 1;
    }
    void send(std::string_view bytes) { add(WIRE_SEND, sent_, received_, bytes); }
    void receive(std::string_view bytes) { add(WIRE_RECV, received_, sent_, bytes); }
    format::RecordBlock& records() { return records_; }

  private:
    void add(std::uint8_t direction, std::uint64_t& position, std::uint64_t other,
             std::string_view bytes) {
        records_.append(data_record({.time_ns = time_ns_ += kMs,
                                     .socket = socket_,
                                     .direction = direction,
                                     .position = position,
                                     .other_position = other,
                                     .payload = std::string(bytes)}));
        position += bytes.size();
    }

    format::RecordBlock records_;
    WireSocket socket_;
    std::uint64_t time_ns_ = kMs;
    std::uint64_t sent_ = 1;
    std::uint64_t received_ = 1;
};

std::vector<std::vector<std::string>> splits_of(const std::string& bytes) {
    std::vector<std::vector<std::string>> splits(1);
    for (const char byte : bytes)
        splits.front().emplace_back(1, byte);
    for (std::size_t i = 1; i < bytes.size(); ++i)
        splits.push_back({bytes.substr(0, i), bytes.substr(i)});
    return splits;
}

void add_download(Calls& calls, const std::vector<std::string>& response) {
    calls.connect();
    calls.send(kGet);
    for (const std::string& part : response)
        calls.receive(part);
    calls.send(kGet);
    calls.receive(kAnswer);
}

void add_upload(Calls& calls, const std::vector<std::string>& request) {
    calls.connect();
    for (const std::string& part : request)
        calls.send(part);
    calls.receive(kAnswer);
    calls.send(kGet);
    calls.receive(kAnswer);
}

Result<std::string> split_capture() {
    Calls calls;
    for (const std::string& rest : kRests) {
        for (const auto& parts : splits_of("HTTP/1.1 200 OK\r\n" + rest))
            add_download(calls, parts);
        for (const auto& parts : splits_of("POST / HTTP/1.1\r\nHost: a\r\n" + rest))
            add_upload(calls, parts);
    }
    MemorySink sink;
    auto writer = format::CaptureWriter::start(sink, sample_header(), {});
    if (!writer) return writer.error();
    if (auto clock = (*writer)->write(format::Clock{0, 1'700'000'000'000'000'000}); !clock)
        return clock.error();
    if (auto written = (*writer)->write(calls.records()); !written) return written.error();
    if (auto ended = (*writer)->end({.reason = "duration", .stats = {}}); !ended)
        return ended.error();
    return sink.bytes();
}

}  // namespace
}  // namespace httpprof::test

int main(int argc, char** argv) {
    const auto capture = httpprof::test::split_capture();
    if (argc != 2 || !capture) {
        std::fprintf(stderr, "split_capture: %s\n",
                     argc == 2 ? capture.error().message.c_str() : "usage: split_capture FILE");
        return 1;
    }
    std::ofstream file(argv[1], std::ios::binary);
    file << *capture << std::flush;
    return file ? 0 : 1;
}
