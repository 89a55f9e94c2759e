// A small HTTP service to watch: /, /healthz, /echo and /slow.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <httplib.h>
#include <nlohmann/json.hpp>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/demo-app/settings.h"

namespace httpprof::demo {
namespace {

struct Settings {
    std::string host = text_setting("HTTP_HOST", "0.0.0.0");
    int port = number_setting("HTTP_PORT", 8080, 1, 65535);
    std::chrono::milliseconds slow_delay{number_setting("SLOW_DELAY_MS", 400, 0, 600'000)};
};

// RFC 3339, UTC.
std::string time_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[sizeof "2026-01-01T00:00:00Z"];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text, size};
}

void add_routes(httplib::Server& server, std::chrono::milliseconds slow_delay) {
    server.Get("/", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("ok " + time_now() + "\n", "text/plain");
    });
    server.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
        const nlohmann::json health = {{"status", "ok"}, {"time", time_now()}};
        response.set_content(health.dump(), "application/json");
    });
    server.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
        if (nlohmann::json::accept(request.body)) {
            response.set_content(request.body, "application/json");
        } else {
            response.status = 400;
            response.set_content(R"({"error":"the body is not JSON"})", "application/json");
        }
    });
    server.Get("/slow", [slow_delay](const httplib::Request&, httplib::Response& response) {
        std::this_thread::sleep_for(slow_delay);
        response.set_content("slow " + std::to_string(slow_delay.count()) + " ms\n", "text/plain");
    });
}

void configure(httplib::Server& server) {
    // The library's default also sets SO_REUSEPORT, with which a second server on the same port
    // would silently take half of the connections.
    server.set_socket_options([](socket_t socket) {
        const int on = 1;
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(1000);
    // stop() waits for idle connections to time out.
    server.set_keep_alive_timeout(2);
}

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

void wait_for_stop_signal() {
    const sigset_t signals = stop_signals();
    int received = 0;
    sigwait(&signals, &received);
}

// Serves until a stop signal arrives. Returns whether the accept loop ended as asked.
bool serve_until_stopped(httplib::Server& server) {
    std::atomic<bool> ended = false;
    std::atomic<bool> clean = false;
    std::thread accepting([&] {
        clean = server.listen_after_bind();
        ended = true;
        kill(getpid(), SIGTERM);
    });
    wait_for_stop_signal();
    // stop() does nothing until the accept loop runs.
    while (!server.is_running() && !ended) {
        std::this_thread::yield();
    }
    server.stop();
    accepting.join();
    return clean;
}

int serve() {
    const Settings settings;
    // Before any thread starts, so that all of them inherit it and sigwait() gets the signal.
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    httplib::Server server;
    add_routes(server, settings.slow_delay);
    configure(server);
    const std::string where = settings.host + " port " + std::to_string(settings.port);
    errno = 0;
    if (!server.bind_to_port(settings.host, settings.port)) {
        throw std::runtime_error(
            "cannot listen on " + where + ": " +
            (errno != 0 ? std::strerror(errno) : "not an address of this host"));
    }
    std::cout << "demo-server: listening on " << where << std::endl;
    const bool clean = serve_until_stopped(server);
    std::cout << "demo-server: stopped" << std::endl;
    return clean ? 0 : 1;
}

}  // namespace
}  // namespace httpprof::demo

int main() {
    return httpprof::demo::run("demo-server", httpprof::demo::serve);
}
