// Calls the demo server's four routes in turn, over one kept-alive connection.
#include <array>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <string>
#include <thread>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "tools/demo-app/settings.h"

namespace httpprof::demo {
namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
    std::string host = text_setting("TARGET_HOST", "127.0.0.1");
    int port = number_setting("HTTP_PORT", 8080, 1, 65535);
    int total = number_setting("TOTAL_REQUESTS", 50, 1, 1'000'000'000);
    std::chrono::milliseconds delay{number_setting("REQUEST_DELAY_MS", 500, 0, 600'000)};
};

struct Route {
    const char* method;
    const char* path;
};
constexpr std::array kRoutes = {Route{"GET", "/"}, Route{"GET", "/healthz"}, Route{"POST", "/echo"},
                                Route{"GET", "/slow"}};

struct Outcome {
    bool good;
    std::string text;
};

Outcome judge(const httplib::Result& result, const std::string& expected_body) {
    if (!result) {
        return {false, "failed: " + httplib::to_string(result.error())};
    }
    const std::string status = std::to_string(result->status);
    if (result->status != 200) {
        return {false, status};
    }
    if (!expected_body.empty() && result->body != expected_body) {
        return {false, status + " with a body that was not sent"};
    }
    return {true, status};
}

Outcome call(httplib::Client& client, const Route& route, int number) {
    if (std::string_view(route.method) == "GET") {
        return judge(client.Get(route.path), "");
    }
    const std::string body = nlohmann::json{{"message", "hello"}, {"number", number}}.dump();
    return judge(client.Post(route.path, body, "application/json"), body);
}

int generate() {
    const Settings settings;
    httplib::Client client(settings.host, settings.port);
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    int failed = 0;
    std::cout << std::fixed << std::setprecision(1);
    for (int number = 1; number <= settings.total; ++number) {
        const Route& route = kRoutes[static_cast<std::size_t>(number - 1) % kRoutes.size()];
        const auto start = Clock::now();
        const Outcome outcome = call(client, route, number);
        const std::chrono::duration<double, std::milli> took = Clock::now() - start;
        std::cout << number << '/' << settings.total << ' ' << route.method << ' ' << route.path
                  << ' ' << outcome.text << " in " << took.count() << " ms" << std::endl;
        failed += outcome.good ? 0 : 1;
        if (number < settings.total) {
            std::this_thread::sleep_for(settings.delay);
        }
    }
    if (failed > 0) {
        std::cerr << "demo-traffic: " << failed << " of " << settings.total << " requests failed\n";
    }
    return failed > 0 ? 1 : 0;
}

}  // namespace
}  // namespace httpprof::demo

int main() {
    return httpprof::demo::run("demo-traffic", httpprof::demo::generate);
}
