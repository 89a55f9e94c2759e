// The environment of processes that spoke HTTP, short-lived ones included.
#include <map>

#include <yaml-cpp/yaml.h>

#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

const std::string kNoContent = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

std::string url_of(const Listener& server) {
    return "http://127.0.0.1:" + std::to_string(server.port()) + "/env";
}

using Variables = std::map<std::string, std::string>;

std::vector<std::string> assignments(const Variables& variables) {
    std::vector<std::string> list;
    for (const auto& [name, value] : variables)
        list.emplace_back(name).append("=").append(value);
    return list;
}

class EnvironmentTest : public LiveTest {
  protected:
    YAML::Node environment_of(const ChildProcess& process) {
        for (const YAML::Node& document : YAML::LoadAll(analyze_environment())) {
            if (document["pid"].as<pid_t>() == process.pid()) return document;
        }
        ADD_FAILURE() << "no document for process " << process.pid();
        return {};
    }
};

TEST_F(EnvironmentTest, OfAProcessThatIsGoneAtOnce) {
    const auto curl = find_program("curl");
    if (!curl) GTEST_SKIP() << "curl is not installed";
    const Listener server;
    start_recording({"--port", std::to_string(server.port())});
    const Variables variables{{"PLAIN", "value"},    {"NO", "no"},
                              {"HEX", "0x1F"},       {"QUOTE", "a\"b'c\\"},
                              {"LINES", "one\ntwo"}, {"UTF8", "\xc3\xa4\xe2\x82\xac"},
                              {"EMPTY", ""},         {"EQUALS", "a=b"}};
    ChildProcess client(
        {.command = {*curl, "-s", url_of(server)}, .environment = assignments(variables)});
    server.take_request(kNoContent);
    EXPECT_EQ(client.wait(), 0);
    stop_recording();

    const YAML::Node process = environment_of(client);
    EXPECT_EQ(process["env"].as<Variables>(), variables);
    EXPECT_EQ(process["comm"].as<std::string>(), "curl");
    const auto requests = with(with(analyze(), "method", "GET"), "direction", "send");
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0]["comm"], "curl");
    EXPECT_EQ(requests[0]["cmdline"], *curl + " -s " + url_of(server));
}

TEST_F(EnvironmentTest, LargerThanTheSmallRecord) {
    const auto curl = find_program("curl");
    if (!curl) GTEST_SKIP() << "curl is not installed";
    const Listener server;
    start_recording({"--port", std::to_string(server.port())});
    Variables variables;
    for (int i = 0; i < 100; ++i)
        variables["LARGE_" + std::to_string(i)] = std::string(900, 'e');
    ChildProcess client(
        {.command = {*curl, "-s", url_of(server)}, .environment = assignments(variables)});
    server.take_request(kNoContent);
    EXPECT_EQ(client.wait(), 0);
    stop_recording();

    EXPECT_EQ(environment_of(client)["env"].as<Variables>(), variables);
}

}  // namespace
}  // namespace httpprof::test
