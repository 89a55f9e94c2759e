// Overload: what did not fit is counted, and nothing else is missing.
#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/reader.h"
#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

// One direction of one socket.
using Lane = std::tuple<std::uint64_t, std::uint64_t, format::Direction>;

// The final statistics of a capture, and what it has.
struct Account {
    format::Stats stats;
    std::uint64_t records = 0;
    std::uint64_t data_bytes = 0;                                  // that data records stand for
    std::uint64_t missing_bytes = 0;                               // that they do not carry
    std::map<Lane, std::map<std::uint64_t, std::uint64_t>> lanes;  // sizes by position

    std::uint64_t lost() const {
        return std::accumulate(stats.lost.begin(), stats.lost.end(), std::uint64_t{0},
                               [](std::uint64_t sum, const format::Counter& counter) {
                                   return sum + counter.records;
                               });
    }
    std::uint64_t lost_bytes() const {
        return std::accumulate(
            stats.lost.begin(), stats.lost.end(), std::uint64_t{0},
            [](std::uint64_t sum, const format::Counter& counter) { return sum + counter.bytes; });
    }
    std::uint64_t missing_bytes_by(const std::string& cause) const {
        for (const format::Counter& counter : stats.missing) {
            if (counter.cause == cause) return counter.bytes;
        }
        return 0;
    }
    std::uint64_t lost_by(const std::string& cause) const {
        for (const format::Counter& counter : stats.lost) {
            if (counter.cause == cause) return counter.records;
        }
        return 0;
    }
    // Bytes between records, and none twice.
    std::uint64_t gaps(const Lane& lane) const {
        std::uint64_t missing = 0;
        const auto& sizes = lanes.at(lane);
        std::uint64_t next = sizes.begin()->first;
        for (const auto& [position, size] : sizes) {
            EXPECT_GE(position, next) << "no byte is recorded twice";
            missing += position - next;
            next = position + size;
        }
        return missing;
    }
};

void add(Account& account, const format::DataRecord& data) {
    account.data_bytes += data.original_size;
    account.missing_bytes += data.original_size - data.payload.size();
    const Lane lane{data.socket.id.inode, data.socket.id.first_seen_ns, data.direction};
    account.lanes[lane][data.position] = data.original_size;
}

Account account_of(const std::string& path) {
    Account account;
    auto source = format::open_capture(path, {});
    if (!source) throw std::runtime_error(source.error().message);
    for (auto frame = (*source)->next(); frame && *frame; frame = (*source)->next()) {
        if (const auto* batch = std::get_if<format::RecordBatch>(&(*frame)->content)) {
            account.records += batch->records.size();
            for (const format::Record& record : batch->records) {
                if (const auto* data = std::get_if<format::DataRecord>(&record))
                    add(account, *data);
            }
        }
        if (const auto* end = std::get_if<format::End>(&(*frame)->content))
            account.stats = end->stats;
    }
    return account;
}

using LossTest = LiveTest;

// Everything that was said is in the capture or in a loss counter, and each hole in a connection is
// of the size that the counters say.
TEST_F(LossTest, GapsAgreeWithTheCounters) {
    ConnectionPair pair(AF_INET);
    start_recording({"--port", std::to_string(pair.server_port()), "--ring-size", "4096"});
    const std::string request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x');
    constexpr int kRequests = 2000;
    for (int i = 0; i < kRequests; ++i) {
        write_text(pair.client(), request);
        read_text(pair.server(), request.size());
    }
    stop_recording();

    const Account account = account_of(capture());
    EXPECT_NE(recorder().errors().find("a ring of 4.0 KiB has no room for the larger records"),
              std::string::npos)
        << recorder().errors();
    EXPECT_GT(account.lost(), 0u) << "a ring of one page cannot hold this";
    EXPECT_EQ(account.stats.recorded, account.records);
    EXPECT_EQ(account.stats.produced, account.stats.recorded + account.lost());
    EXPECT_GE(account.stats.produced, 2u * kRequests);
    EXPECT_EQ(account.data_bytes + account.lost_bytes(), 2u * kRequests * request.size());
    std::uint64_t gaps = 0;
    for (const auto& [lane, sizes] : account.lanes)
        gaps += account.gaps(lane);
    // What was lost before the first record of a direction, or after its last, is no gap between.
    EXPECT_LE(gaps, account.lost_bytes());
    EXPECT_EQ((account.lost_bytes() - gaps) % request.size(), 0u);
}

// Opens for reading what a recorder writes, and does not read it yet.
class StalledReader {
  public:
    explicit StalledReader(const std::string& fifo)
        : descriptor_(::open(fifo.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~StalledReader() { ::close(descriptor_); }
    StalledReader(const StalledReader&) = delete;
    StalledReader& operator=(const StalledReader&) = delete;

    void copy_to(const std::string& path) const {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        std::vector<char> buffer(1 << 16);
        for (ssize_t got = 0; (got = ::read(descriptor_, buffer.data(), buffer.size())) > 0;)
            write_text(file, {buffer.data(), static_cast<std::size_t>(got)});
        ::close(file);
    }

  private:
    int descriptor_;
};

TEST_F(LossTest, StalledOutputIsCountedAndTheRestIsWhole) {
    ConnectionPair pair(AF_INET);
    const std::string fifo = file("fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    ChildProcess recorder({.command = {HTTPPROF_BINARY, "record", "-o", fifo, "--port",
                                       std::to_string(pair.server_port()), "--snaplen", "50000"}});
    const StalledReader reader(fifo);
    ASSERT_TRUE(recorder.wait_for_error_text("httpprof: recording")) << recorder.errors();
    // Bytes that do not compress, more than the queue and the ring hold.
    std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
    std::uint32_t state = 1;
    for (int i = 0; i < 60'000; ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        request += static_cast<char>(state >> 24);
    }
    constexpr int kRequests = 1500;
    for (int i = 0; i < kRequests; ++i) {
        for (int byte = 0; byte < 60'000; byte += 7)
            ++request[request.size() - 1 - static_cast<std::size_t>(byte)];
        std::thread writer([&] { write_text(pair.client(), request); });
        read_text(pair.server(), request.size());
        writer.join();
    }
    recorder.signal(SIGINT);
    reader.copy_to(capture());
    EXPECT_EQ(recorder.wait(), 0) << recorder.errors();

    const Account account = account_of(capture());
    EXPECT_GT(account.lost_by("writer-too-slow"), 0u) << recorder.errors();
    EXPECT_EQ(account.stats.recorded, account.records);
    EXPECT_EQ(account.stats.produced, account.stats.recorded + account.lost());
    EXPECT_EQ(account.data_bytes + account.lost_bytes(), 2u * kRequests * request.size());
    EXPECT_GT(account.missing_bytes, 0u);
    EXPECT_EQ(account.missing_bytes_by("snaplen"), account.missing_bytes);
}

}  // namespace
}  // namespace httpprof::test
