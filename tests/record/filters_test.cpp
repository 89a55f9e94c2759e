#include "record/filters.h"

#include <array>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace httpprof::record {
namespace {

// As the BPF programs compare: a variable with NULs after it against a pattern.
bool has_form(const std::string& variable, const variable_pattern& pattern) {
    std::array<std::uint64_t, KNOB_VARIABLE_WORDS> words{};
    std::memcpy(words.data(), variable.data(), std::min(variable.size(), sizeof(words)));
    for (std::size_t i = 0; i < words.size(); ++i) {
        if ((words[i] & pattern.mask[i]) != pattern.bytes[i]) return false;
    }
    return true;
}

std::string refusal(const Options& options) {
    const Result<knobs> made = make_knobs(options);
    return made.ok() ? "" : made.error().message;
}

TEST(Filters, NothingIsFilteredByDefault) {
    const Result<knobs> made = make_knobs({});
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->snaplen, 64u * 1024);
    EXPECT_FALSE(made->selected_only || made->all_sockets || made->no_environment);
    EXPECT_EQ(made->port_count + made->uid_count + made->comm_count + made->cgroup_count +
                  made->match_count + made->exclude_count,
              0u);
}

TEST(Filters, EachIsHandedOn) {
    Options options;
    options.ports = {80, 8080};
    options.uids = {33};
    options.comms = {"nginx", "a-name-of-more-than-15-bytes"};
    options.cgroups = {"/a"};
    options.pids = {1};
    options.all_sockets = true;
    options.no_environment = true;
    const Result<knobs> made = make_knobs(options);
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->port_count, 2u);
    EXPECT_EQ(made->ports[1], 8080);
    EXPECT_EQ(made->uids[0], 33u);
    EXPECT_STREQ(made->comms[0], "nginx");
    EXPECT_STREQ(made->comms[1], "a-name-of-more-") << "as the kernel cuts it";
    EXPECT_EQ(made->cgroup_count, 1u);
    EXPECT_TRUE(made->selected_only && made->all_sockets && made->no_environment);
}

TEST(Filters, CommandIsSelected) {
    Options options;
    options.command = {"curl"};
    const Result<knobs> made = make_knobs(options);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made->selected_only);
}

TEST(Filters, VariableWithAnyValue) {
    Options options;
    options.environment_match = {"NAME"};
    const Result<knobs> made = make_knobs(options);
    ASSERT_TRUE(made.ok());
    ASSERT_EQ(made->match_count, 1u);
    EXPECT_TRUE(has_form("NAME=", made->match[0]));
    EXPECT_TRUE(has_form("NAME=anything", made->match[0]));
    EXPECT_FALSE(has_form("NAME", made->match[0]));
    EXPECT_FALSE(has_form("NAMES=x", made->match[0]));
    EXPECT_FALSE(has_form("MY_NAME=x", made->match[0]));
}

TEST(Filters, VariableWithOneOfSomeValues) {
    Options options;
    options.environment_match = {"NAME=on,,yes"};
    const Result<knobs> made = make_knobs(options);
    ASSERT_TRUE(made.ok());
    ASSERT_EQ(made->match_count, 3u);
    EXPECT_TRUE(has_form("NAME=on", made->match[0]));
    EXPECT_FALSE(has_form("NAME=only", made->match[0]));
    EXPECT_TRUE(has_form("NAME=", made->match[1]));
    EXPECT_FALSE(has_form("NAME=x", made->match[1]));
    EXPECT_TRUE(has_form("NAME=yes", made->match[2]));
}

TEST(Filters, ExcludedValueMayHaveCommas) {
    Options options;
    options.environment_exclude = {"NAME=a,b", "OTHER"};
    const Result<knobs> made = make_knobs(options);
    ASSERT_TRUE(made.ok());
    ASSERT_EQ(made->exclude_count, 2u);
    EXPECT_TRUE(has_form("NAME=a,b", made->exclude[0]));
    EXPECT_FALSE(has_form("NAME=a", made->exclude[0]));
    EXPECT_TRUE(has_form("OTHER=x", made->exclude[1]));
}

TEST(Filters, LongestVariable) {
    Options options;
    // Of a longer one, the kernel's programs see as many bytes less one and a NUL.
    const std::string longest = "N=" + std::string(KNOB_VARIABLE_SIZE_MAX - 4, 'v');
    options.environment_match = {longest};
    const Result<knobs> made = make_knobs(options);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(has_form(longest, made->match[0]));
    EXPECT_FALSE(has_form(longest + "v", made->match[0]));
    options.environment_match = {longest + "v"};
    EXPECT_NE(refusal(options).find("too long"), std::string::npos);
}

TEST(Filters, TooManyAreRefused) {
    Options options;
    options.ports.assign(KNOB_PORTS_MAX + 1, 80);
    EXPECT_EQ(refusal(options), "too many ports: at most 16");
    options = {};
    options.comms.assign(KNOB_COMMS_MAX + 1, "x");
    EXPECT_EQ(refusal(options), "too many command names: at most 16");
    options = {};
    options.cgroups.assign(KNOB_CGROUPS_MAX + 1, "x");
    EXPECT_EQ(refusal(options), "too many cgroups: at most 16");
    options = {};
    options.environment_match = {"A=" + std::string(KNOB_VARIABLES_MAX, ',')};
    EXPECT_EQ(refusal(options), "too many variables and values: at most 16");
}

}  // namespace
}  // namespace httpprof::record
