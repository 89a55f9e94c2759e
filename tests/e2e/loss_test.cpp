// Overload: what did not fit is counted, and nothing else is missing.
#include <numeric>
#include <stdexcept>

#include <sys/socket.h>

#include "format/reader.h"
#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

// The final statistics of a capture, and the records that it has.
struct Account {
    format::Stats stats;
    std::uint64_t records = 0;
};

Account account_of(const std::string& path) {
    Account account;
    auto source = format::open_capture(path, 1);
    if (!source) throw std::runtime_error(source.error().message);
    for (auto frame = (*source)->next(); frame && *frame; frame = (*source)->next()) {
        if (const auto* batch = std::get_if<format::RecordBatch>(&(*frame)->content))
            account.records += batch->records.size();
        if (const auto* end = std::get_if<format::End>(&(*frame)->content))
            account.stats = end->stats;
    }
    return account;
}

using LossTest = LiveTest;

TEST_F(LossTest, ProducedIsRecordedAndLost) {
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
    const std::uint64_t lost = std::accumulate(
        account.stats.lost.begin(), account.stats.lost.end(), std::uint64_t{0},
        [](std::uint64_t sum, const format::Counter& counter) { return sum + counter.records; });
    EXPECT_GT(lost, 0u) << "a ring of one page cannot hold this";
    EXPECT_EQ(account.stats.recorded, account.records);
    EXPECT_EQ(account.stats.produced, account.stats.recorded + lost);
    EXPECT_GE(account.stats.produced, 2u * kRequests);
}

}  // namespace
}  // namespace httpprof::test
