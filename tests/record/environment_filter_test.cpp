#include "record/environment_filter.h"

#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "format/record.h"
#include "tests/support/wire_records.h"

namespace httpprof::record {
namespace {

using namespace std::string_literals;

TEST(EnvironmentFilter, KeepsNamesThatStartLikeAPrefix) {
    const std::string entries = "APP_A=1\0PASSWORD=x\0APP_B=2\0APPLE=3\0B=APP_\0"s;
    EXPECT_EQ(keep_variables(entries, {"APP_"}), "APP_A=1\0APP_B=2\0"s);
    EXPECT_EQ(keep_variables(entries, {"PASS", "APPLE"}), "PASSWORD=x\0APPLE=3\0"s);
    EXPECT_EQ(keep_variables(entries, {"app_"}), "");
    EXPECT_EQ(keep_variables("", {"A"}), "");
}

TEST(EnvironmentFilter, EntryThatIsCutOrHasNoValue) {
    EXPECT_EQ(keep_variables("A=1\0AB"s, {"A"}), "A=1\0AB"s);
    EXPECT_EQ(keep_variables("B\0\0A\0"s, {"A"}), "A\0"s);
}

TEST(EnvironmentFilter, TracesOfATitleStay) {
    EXPECT_EQ(keep_variables("\0\0\0A=1\0B=2\0"s, {"B"}), "\0\0\0B=2\0"s);
    EXPECT_EQ(keep_variables("   \0A=1\0"s, {"B"}), "   \0"s);
    EXPECT_EQ(keep_variables(" A=1\0"s, {"A"}), ""s) << "a name with a space";
    EXPECT_EQ(keep_variables("\0"s, {"A"}), "\0"s);
}

TEST(EnvironmentFilter, RecordStaysARecord) {
    const std::string record = test::process_record(
        {.arguments = "prog\0"s, .environment = "SECRET=1\0APP_A=2\0"s, .environment_size = 100});
    const std::string filtered = keep_variables_of_record(record, {"APP_"});
    const auto decoded = format::decode_record(filtered);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    const auto& process = std::get<format::ProcessRecord>(*decoded);
    EXPECT_EQ(process.arguments, "prog\0"s);
    EXPECT_EQ(process.environment, "APP_A=2\0"s);
    EXPECT_EQ(process.environment_size, 91u) << "what was not read is still missing";
    EXPECT_EQ(process.environment_kept, format::EnvironmentKept::by_prefix);
    EXPECT_EQ(format::cgroup_path(process.cgroup_names), "/system.slice/shop.service");
    EXPECT_EQ(filtered.find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace httpprof::record
