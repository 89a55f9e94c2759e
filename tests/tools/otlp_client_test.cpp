#include "tools/httpprof/otlp_client.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

namespace httpprof::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

// Busy until it has been asked often enough, then takes everything.
class Collector {
  public:
    Collector(int status, std::size_t times, const std::string& retry_after) {
        server_.Post("/v1/traces",
                     [=, this](const httplib::Request& request, httplib::Response& response) {
                         const std::lock_guard lock(mutex_);
                         requests_.push_back(request);
                         if (requests_.size() > times) return;
                         response.status = status;
                         if (!retry_after.empty()) response.set_header("Retry-After", retry_after);
                     });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
    }
    ~Collector() {
        server_.stop();
        thread_.join();
    }
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    std::vector<std::string> bodies() {
        return of_each([](const httplib::Request& request) { return request.body; });
    }
    std::vector<std::string> values(const char* name) {
        return of_each([=](const httplib::Request& r) { return r.get_header_value(name); });
    }

  private:
    template <typename What>
    std::vector<std::string> of_each(What what) {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> all;
        for (const httplib::Request& request : requests_)
            all.push_back(what(request));
        return all;
    }

    httplib::Server server_;
    std::thread thread_;
    std::mutex mutex_;
    std::vector<httplib::Request> requests_;
    int port_ = 0;
};

std::string http_date_in(seconds time) {
    const std::time_t at =
        std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + time);
    std::tm fields{};
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %T GMT", ::gmtime_r(&at, &fields));
    return text.data();
}

struct Sent {
    bool taken = false;
    std::vector<milliseconds> waits;
};

Sent send_to(const Collector& collector, const std::vector<HeaderField>& headers = {}) {
    Sent sent;
    auto client = OtlpClient::open(collector.url(), headers,
                                   [&](milliseconds time) { sent.waits.push_back(time); });
    EXPECT_TRUE(client.ok());
    sent.taken = (*client)->send("{}").ok();
    return sent;
}

TEST(OtlpClientTest, SendsAgainToABusyCollector) {
    for (const int status : {429, 502, 503, 504}) {
        Collector collector(status, 2, "");
        const Sent sent = send_to(collector);
        EXPECT_TRUE(sent.taken);
        EXPECT_THAT(collector.bodies(), ElementsAre("{}", "{}", "{}"));
        EXPECT_THAT(sent.waits, SizeIs(2));
    }
}

TEST(OtlpClientTest, WaitsLongerEachTimeUntilItGivesUp) {
    for (const std::string retry_after : {"", "0", "soon"}) {
        Collector collector(503, 10, retry_after);
        const Sent sent = send_to(collector);
        EXPECT_FALSE(sent.taken);
        EXPECT_THAT(collector.bodies(), SizeIs(6));
        EXPECT_THAT(sent.waits, ElementsAre(Ge(milliseconds(500)), Ge(seconds(1)), Ge(seconds(2)),
                                            Ge(seconds(4)), Ge(seconds(8))));
    }
}

TEST(OtlpClientTest, WaitsAsLongAsItIsAskedTo) {
    Collector collector(503, 1, "60");
    EXPECT_THAT(send_to(collector).waits, ElementsAre(seconds(60)));
}

TEST(OtlpClientTest, WaitsUntilADate) {
    Collector collector(503, 1, http_date_in(seconds(50)));
    EXPECT_THAT(send_to(collector).waits, ElementsAre(AllOf(Ge(seconds(20)), Le(seconds(50)))));
    Collector gone_by(503, 1, http_date_in(seconds(-1000)));
    EXPECT_THAT(send_to(gone_by).waits, ElementsAre(AllOf(Ge(milliseconds(500)), Le(seconds(1)))));
}

TEST(OtlpClientTest, DoesNotWaitForLong) {
    for (const std::string& retry_after :
         {std::string("61"), std::string("3600"), std::string("1000000000000000000000"),
          http_date_in(seconds(3600))}) {
        Collector collector(503, 1, retry_after);
        const Sent sent = send_to(collector);
        EXPECT_FALSE(sent.taken);
        EXPECT_THAT(sent.waits, IsEmpty());
    }
}

TEST(OtlpClientTest, SaysWhoItIs) {
    Collector collector(200, 0, "");
    send_to(collector);
    send_to(collector, {{"X-Key", "a,b"}, {"user-agent", "me"}});
    EXPECT_THAT(collector.values("User-Agent"), ElementsAre("httpprof/" HTTPPROF_VERSION, "me"));
    EXPECT_THAT(collector.values("X-Key"), ElementsAre("", "a,b"));
}

}  // namespace
}  // namespace httpprof::cli
