#include "replay/emit/env_yaml.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "tests/support/temporary_directory.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string write(const std::vector<ProcessReport>& reports, const std::string& prefixes = "") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "env.yaml";
    auto output = Output::open(path);
    EXPECT_TRUE(output.ok());
    EnvYamlEmitter emitter(*output, parse_prefix_list(prefixes));
    for (const ProcessReport& report : reports)
        EXPECT_TRUE(emitter.process(report).ok());
    EXPECT_TRUE(emitter.finish().ok());
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

Process process(std::string environment) {
    Process process;
    process.pid = 42;
    process.environment = std::move(environment);
    return process;
}

ProcessReport report(const Process& process, std::int64_t start_realtime_ns = 0) {
    return {std::make_shared<const Process>(process), start_realtime_ns};
}

std::string write(const Process& process, const std::string& prefixes = "") {
    return write({report(process)}, prefixes);
}

// What a loader makes of `value`.
std::string round_trip(const std::string& value) {
    const YAML::Node loaded = YAML::Load(write(process("V=" + value + '\0')))["env"]["V"];
    if (loaded.Tag() != "tag:yaml.org,2002:binary") return loaded.as<std::string>();
    const auto binary = loaded.as<YAML::Binary>();
    return {reinterpret_cast<const char*>(binary.data()), binary.size()};
}

TEST(EnvYamlTest, DocumentHasItsFieldsInOrder) {
    Process full = process("PATH=/bin\0HOME=/root\0"s);
    full.start_ns = 1;
    full.comm = "curl";
    full.arguments = "curl\0-s\0"s;
    full.executable = "/usr/bin/curl";
    EXPECT_EQ(write({report(full, 1'712'600'650'123'456'789)}),
              "pid: 42\n"
              "env:\n"
              "  PATH: \"/bin\"\n"
              "  HOME: \"/root\"\n"
              "comm: \"curl\"\n"
              "cmdline: \"curl -s\"\n"
              "exe: \"/usr/bin/curl\"\n"
              "start_time: \"2024-04-08T18:24:10.123456789Z\"\n");
}

TEST(EnvYamlTest, IdentityOfAProcessInOtherNamespaces) {
    Process contained = process("A=1\0"s);
    contained.cgroup = "/system.slice/shop.service";
    contained.identity = {.uid = 33,
                          .namespace_pid = 2,
                          .pid_namespace = 11,
                          .mount_namespace = 12,
                          .user_namespace = 13,
                          .network_namespace = 14};
    const std::string with_identity =
        "pid: 42\nenv:\n  A: \"1\"\ncgroup: \"/system.slice/shop.service\"\nuid: 33\n";
    const std::string namespaces = "namespaces: {pid: 11, mnt: 12, user: 13, net: 14}\n";
    EXPECT_EQ(write(contained), with_identity + "ns_pid: 2\n" + namespaces);
    contained.identity->namespace_pid = 42;
    EXPECT_EQ(write(contained), with_identity + namespaces) << "of the initial pid namespace";
}

TEST(EnvYamlTest, SaysThatVariablesWereLeftOut) {
    Process some = process("A=1\0"s);
    some.environment_kept = format::EnvironmentKept::by_prefix;
    EXPECT_EQ(write(some), "pid: 42\nenv:\n  A: \"1\"\nenv_kept: \"by prefix\"\n");
}

TEST(EnvYamlTest, DocumentsAreSeparated) {
    const Process a = process("A=1\0"s);
    const Process b = process("B=2\0"s);
    EXPECT_EQ(write({report(a, 0), report(b, 0)}),
              "pid: 42\nenv:\n  A: \"1\"\n---\npid: 42\nenv:\n  B: \"2\"\n");
}

TEST(EnvYamlTest, ErrorStandsInPlaceOfTheEnvironment) {
    Process unread;
    unread.pid = 7;
    unread.error = "open: \"no\" such process";
    EXPECT_EQ(write(unread), "pid: 7\nerror: \"open: \\\"no\\\" such process\"\n");
}

TEST(EnvYamlTest, PrefixListKeepsMatchingNamesByCase) {
    const Process some = process("HTTP_PORT=1\0http_proxy=2\0XHTTP_=3\0TARGET_HOST=4\0HTTP=5\0"s);
    EXPECT_EQ(write(some, "HTTP_, TARGET_"),
              "pid: 42\nenv:\n  HTTP_PORT: \"1\"\n  TARGET_HOST: \"4\"\n");
    EXPECT_EQ(write(some, "NONE_"), "pid: 42\nenv: {}\n");
}

TEST(EnvYamlTest, PrefixLists) {
    EXPECT_THAT(parse_prefix_list("A_,B_"), ElementsAre("A_", "B_"));
    EXPECT_THAT(parse_prefix_list(" A_ ,, B_,"), ElementsAre("A_", "B_"));
    EXPECT_THAT(parse_prefix_list(" , "), IsEmpty());
    EXPECT_THAT(parse_prefix_list(""), IsEmpty());
    EXPECT_THAT(parse_prefix_lists({"A_,B_", "C_"}), ElementsAre("A_", "B_", "C_"));
}

TEST(EnvYamlTest, FirstOfARepeatedNameCounts) {
    EXPECT_EQ(write(process("A=1\0A=2\0B=\0A=1\0"s)),
              "pid: 42\nenv:\n  A: \"1\"\n  B: \"\"\nrepeated:\n  - \"A=2\"\n  - \"A=1\"\n");
}

TEST(EnvYamlTest, EntriesThatAreNoVariablesAreListed) {
    EXPECT_EQ(write(process(" process title\0\0\0A=1\0B\0"s)),
              "pid: 42\nenv:\n  A: \"1\"\nmalformed:\n  - \" process title\"\n  - \"B\"\n");
    EXPECT_EQ(write(process("SECRET\0A_B\0"s), "A_"),
              "pid: 42\nenv: {}\nmalformed:\n  - \"A_B\"\n");
}

TEST(EnvYamlTest, EmptyEnvironment) {
    EXPECT_EQ(write(process("")), "pid: 42\nenv: {}\n");
}

TEST(EnvYamlTest, LastEntryWithoutItsNul) {
    EXPECT_EQ(write(process("A=1\0B=2"s)), "pid: 42\nenv:\n  A: \"1\"\n  B: \"2\"\n");
}

TEST(EnvYamlTest, EveryValueComesBack) {
    const std::vector<std::string> values = {
        "",
        " ",
        "no",
        "0x1F",
        "~",
        "null",
        "1e3",
        "2024-01-01",
        "- a",
        "a: b",
        "#x",
        "{}",
        "[",
        "\"quoted\" 'too'",
        "back\\slash",
        "line\nbreak\r\n",
        "\ttab",
        "trailing ",
        "\x01\x02\x1B[31m\x7F",
        "=a=b=",
        "!!str x",
        "&a *a",
        "%TAG",
        "---",
        "...",
        "\xC2\x80\xC2\x85\xC2\x9F\xC2\xA0",  // C1 controls, NEL, no-break space
        "\xE2\x80\xA8\xE2\x80\xA9",          // line and paragraph separator
        "\xEF\xBB\xBF"
        "bom\xEF\xBB\xBF",  // byte order mark
        "caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80",
        "\xEF\xBF\xBD",                                             // U+FFFD itself
        "\xEF\xBF\xBE \xEF\xBF\xBF \xEF\xB7\x90 \xF0\x9F\xBF\xBE",  // noncharacters
        "\xFF\xFE",
        "\x80",
        "\xC3",
        "\xED\xA0\x80",
        "\xE9t\xE9",
        std::string(5000, 'x'),
        std::string(300, '\xFF'),
    };
    for (const std::string& value : values)
        EXPECT_EQ(round_trip(value), value);
    for (int byte = 1; byte < 256; ++byte) {
        const std::string value{'a', static_cast<char>(byte), 'b'};
        EXPECT_EQ(round_trip(value), value) << byte;
    }
}

TEST(EnvYamlTest, NamesComeBackToo) {
    for (const std::string& name :
         {"no"s, "Null"s, "1"s, "_"s, "a b"s, "BASH_FUNC_x%%"s, "\"q\""s, ""s, "caf\xC3\xA9"s,
          "\xE2\x80\xA8"s, std::string(2000, 'N'), std::string(260, '\x7F')}) {
        const YAML::Node env = YAML::Load(write(process(name + "=v\0W=w\0"s)))["env"];
        ASSERT_EQ(env.size(), 2u);
        EXPECT_EQ(env.begin()->first.as<std::string>(), name);
        EXPECT_EQ(env.begin()->second.as<std::string>(), "v");
    }
}

TEST(EnvYamlTest, LongNamesAreMarkedAsKeys) {
    const std::string name(1500, 'N');
    EXPECT_EQ(write(process(name + "=1\0"s)), "? pid\n: 42\n? env\n: ? " + name + "\n  : \"1\"\n");
}

TEST(EnvYamlTest, NameThatIsNotUtf8IsBinary) {
    const YAML::Node env = YAML::Load(write(process("\xFF=v\0"s)))["env"];
    ASSERT_EQ(env.size(), 1u);
    EXPECT_EQ(env.begin()->first.Tag(), "tag:yaml.org,2002:binary");
    EXPECT_EQ(env.begin()->first.as<YAML::Binary>(),
              YAML::Binary(reinterpret_cast<const unsigned char*>("\xFF"), 1));
}

TEST(EnvYamlTest, Utf8StaysReadable) {
    EXPECT_EQ(write(process("A=caf\xC3\xA9\0"s)), "pid: 42\nenv:\n  A: \"caf\xC3\xA9\"\n");
}

}  // namespace
}  // namespace httpprof::replay
