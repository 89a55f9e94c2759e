#include "record/host.h"

#include <ctime>

#include <gtest/gtest.h>

#include "bpf/wire.h"

namespace httpprof::record {
namespace {

TEST(Host, ClocksAreReadTogether) {
    const format::Clock first = read_clocks();
    const format::Clock second = read_clocks();
    const auto offset = [](const format::Clock& clock) {
        return clock.realtime_ns - static_cast<std::int64_t>(clock.boottime_ns);
    };
    EXPECT_LT(std::abs(offset(first) - offset(second)), 10'000'000);
    EXPECT_NEAR(static_cast<double>(first.realtime_ns) / 1e9,
                static_cast<double>(std::time(nullptr)), 2);
}

TEST(Host, HeaderNamesHostAndCapture) {
    const auto first = describe_host({"httpprof", "record"});
    const auto second = describe_host({});
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_FALSE(first->host.empty());
    EXPECT_EQ(first->boot_id.size(), 16u);
    EXPECT_EQ(first->capture_id.size(), 16u);
    EXPECT_NE(first->capture_id, second->capture_id);
    EXPECT_EQ(first->boot_id, second->boot_id);
    EXPECT_EQ(first->wire_version, static_cast<std::uint32_t>(WIRE_VERSION));
    EXPECT_EQ(first->options, (std::vector<std::string>{"httpprof", "record"}));
}

TEST(Host, DefaultOutputNameHasHostAndTime) {
    const std::string name = default_output_name();
    EXPECT_TRUE(name.starts_with("httpprof-"));
    EXPECT_TRUE(name.ends_with("Z.httpprof"));
}

}  // namespace
}  // namespace httpprof::record
