// The environment of processes that spoke HTTP, short-lived ones included.
#include <map>
#include <stdexcept>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"

namespace httpprof::test {
namespace {

// Answers one request, then ends.
class OneAnswer {
  public:
    OneAnswer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 1) != 0 ||
            ::getsockname(listener_, generic, &size) != 0)
            throw std::runtime_error("cannot listen");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { answer(); });
    }
    ~OneAnswer() {
        thread_.join();
        ::close(listener_);
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/env"; }
    std::string port() const { return std::to_string(port_); }

  private:
    void answer() const {
        const int connection = ::accept(listener_, nullptr, nullptr);
        char buffer[4096];
        if (::read(connection, buffer, sizeof(buffer)) > 0)
            write_text(connection, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        ::close(connection);
    }

    int listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

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
    OneAnswer server;
    start_recording({"--port", server.port()});
    const Variables variables{{"PLAIN", "value"},    {"NO", "no"},
                              {"HEX", "0x1F"},       {"QUOTE", "a\"b'c\\"},
                              {"LINES", "one\ntwo"}, {"UTF8", "\xc3\xa4\xe2\x82\xac"},
                              {"EMPTY", ""},         {"EQUALS", "a=b"}};
    ChildProcess client(
        {.command = {*curl, "-s", server.url()}, .environment = assignments(variables)});
    EXPECT_EQ(client.wait(), 0);
    stop_recording();

    const YAML::Node process = environment_of(client);
    EXPECT_EQ(process["env"].as<Variables>(), variables);
    EXPECT_EQ(process["comm"].as<std::string>(), "curl");
    const auto requests = with(with(analyze(), "method", "GET"), "direction", "send");
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0]["comm"], "curl");
    EXPECT_EQ(requests[0]["cmdline"], *curl + " -s " + server.url());
}

TEST_F(EnvironmentTest, LargerThanTheSmallRecord) {
    const auto curl = find_program("curl");
    if (!curl) GTEST_SKIP() << "curl is not installed";
    OneAnswer server;
    start_recording({"--port", server.port()});
    Variables variables;
    for (int i = 0; i < 100; ++i)
        variables["LARGE_" + std::to_string(i)] = std::string(900, 'e');
    ChildProcess client(
        {.command = {*curl, "-s", server.url()}, .environment = assignments(variables)});
    EXPECT_EQ(client.wait(), 0);
    stop_recording();

    EXPECT_EQ(environment_of(client)["env"].as<Variables>(), variables);
}

}  // namespace
}  // namespace httpprof::test
