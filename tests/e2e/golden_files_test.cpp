// Two recordings of the same exchanges, made comparable by analyze --normalize.
#include <algorithm>
#include <cstdint>
#include <ctime>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <sys/socket.h>

#include "tests/e2e/connection_pair.h"
#include "tests/e2e/live_recording.h"
#include "tests/e2e/speaker.h"

namespace httpprof::test {
namespace {

struct Normalized {
    std::string events;
    std::string environments;
};

std::string time_now() {
    const std::time_t now = std::time(nullptr);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&now));
    return text;
}

// Says a request to a server that has another port in each recording, and an answer with the time.
void dated_exchange_over(const ConnectionPair& pair, const std::string& target) {
    const std::string host = "localhost:" + std::to_string(pair.server_port());
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    const std::string body = target + " of " + host;
    const std::string response = "HTTP/1.1 200 OK\r\nDate: " + time_now() +
                                 "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                 body;
    write_text(pair.client(), request);
    read_text(pair.server(), request.size());
    write_text(pair.server(), response);
    read_text(pair.client(), response.size());
}

class GoldenFilesE2eTest : public LiveTest {
  protected:
    Normalized normalized() const {
        const Finished events = run({HTTPPROF_BINARY, "analyze", "--normalize", capture(),
                                     "--env-out", file("environments.yaml")});
        EXPECT_EQ(events.status, 0) << events.errors;
        return {events.output, read_file(file("environments.yaml"))};
    }

    void start_recording_of(const std::vector<std::uint16_t>& ports) {
        std::vector<std::string> options{"-f"};
        for (const std::uint16_t port : ports)
            options.insert(options.end(), {"--port", std::to_string(port)});
        start_recording(options);
    }

    // Several requests on each of several connections, which run at the same time or in turn.
    Normalized recording_of_connections(bool parallel) {
        std::deque<ConnectionPair> pairs;
        std::vector<std::uint16_t> ports;
        for (int i = 0; i < 4; ++i)
            ports.push_back(pairs.emplace_back(AF_INET).server_port());
        start_recording_of(ports);
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            threads.emplace_back([&pair = pairs[i], i] {
                for (int request = 0; request < 5; ++request)
                    dated_exchange_over(pair,
                                        '/' + std::to_string(i) + '/' + std::to_string(request));
            });
            if (!parallel) threads.back().join();
        }
        if (parallel) std::ranges::for_each(threads, &std::thread::join);
        stop_recording();
        return normalized();
    }

    // A process for each request.
    Normalized recording_of_processes() {
        const Listener listener;
        start_recording_of({listener.port()});
        std::deque<ChildProcess> speakers;
        for (int i = 0; i < 4; ++i) {
            speakers.emplace_back(ChildProcess::Settings{
                .command = {"/bin/bash", "-c", say(listener, "/process/" + std::to_string(i))}});
        }
        for (std::size_t taken = 0; taken < speakers.size(); ++taken)
            listener.take_request();
        for (ChildProcess& speaker : speakers)
            speaker.wait();
        stop_recording();
        return normalized();
    }
};

void expect_equal(const Normalized& a, const Normalized& b, long lines) {
    EXPECT_EQ(std::ranges::count(a.events, '\n'), lines) << a.events;
    EXPECT_EQ(a.events, b.events);
    EXPECT_NE(a.environments, "");
    EXPECT_EQ(a.environments, b.environments);
}

TEST_F(GoldenFilesE2eTest, ConnectionsInTurn) {
    expect_equal(recording_of_connections(false), recording_of_connections(false), 80);
}

TEST_F(GoldenFilesE2eTest, ConnectionsAtTheSameTime) {
    expect_equal(recording_of_connections(true), recording_of_connections(true), 80);
}

TEST_F(GoldenFilesE2eTest, ProcessesAtTheSameTime) {
    expect_equal(recording_of_processes(), recording_of_processes(), 8);
}

}  // namespace
}  // namespace httpprof::test
