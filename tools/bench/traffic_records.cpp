#include "tools/bench/traffic_records.h"

#include <array>

namespace httpprof::bench {
namespace {

constexpr std::uint16_t kServerPort = 8080;

constexpr std::array<std::string_view, 4> kAgents = {
    "curl/7.88.1", "python-requests/2.28.1", "Go-http-client/1.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"};
constexpr std::array<std::string_view, 5> kPaths = {"/api/v1/orders/", "/api/v1/customers/",
                                                    "/search?q=", "/static/", "/health?probe="};

}  // namespace

TrafficRecords::TrafficRecords() {
    for (std::uint32_t i = 0; i < 8; ++i) {
        clients_.push_back(make_task(2000 + 17 * i, "client"));
        servers_.push_back(make_task(900 + i, "nginx"));
    }
}

void TrafficRecords::add_exchange(format::RecordBlock& block) {
    Connection& connection = connections_[made_up_.draw(0, connections_.size() - 1)];
    if (connection.exchanges_left == 0) connect(connection, block);
    transfer(connection.client, connection.server, request(connection), block);
    transfer(connection.server, connection.client, response(), block);
    if (--connection.exchanges_left == 0) close(connection, block);
}

void TrafficRecords::connect(Connection& connection, format::RecordBlock& block) {
    const auto port = static_cast<std::uint16_t>(made_up_.draw(32768, 60999));
    const wire_task& client = clients_[made_up_.draw(0, clients_.size() - 1)];
    const wire_socket client_socket = make_socket(next_inode_++, time_ns_, port, kServerPort);
    const wire_task& server = servers_[made_up_.draw(0, servers_.size() - 1)];
    const wire_socket server_socket = make_socket(next_inode_++, time_ns_, kServerPort, port);
    const std::uint64_t up = (1ULL << 32) + made_up_.draw(0, 0xFFFFFFFF);
    const std::uint64_t down = (1ULL << 32) + made_up_.draw(0, 0xFFFFFFFF);
    connection.client = WireEnd(client, client_socket, up, down);
    connection.server = WireEnd(server, server_socket, down, up);
    connection.session = made_up_.hex(32);
    connection.exchanges_left = made_up_.draw(1, 100);
    std::string arguments = std::string(client.comm) + '\0' + "--config" + '\0';
    std::string environment = "PATH=/usr/local/bin:/usr/bin:/bin";
    environment += '\0';
    environment += "HOSTNAME=web-" + made_up_.hex(6) + '\0';
    if (made_up_.draw(0, 9) == 0) add_process(client, arguments, environment, next_time(), block);
}

void TrafficRecords::close(const Connection& connection, format::RecordBlock& block) {
    for (const WireEnd* end : {&connection.client, &connection.server}) {
        end->add_fin(next_time(), block);
        end->add_close(next_time(), block);
    }
}

std::string TrafficRecords::request(const Connection& connection) {
    std::string text = made_up_.draw(0, 3) == 0 ? "POST " : "GET ";
    text += kPaths[made_up_.draw(0, kPaths.size() - 1)];
    text += std::to_string(made_up_.draw(1, 999'999)) +
            " HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: ";
    text += kAgents[connection.client.task().pid % kAgents.size()];
    text +=
        "\r\nAccept: application/json, text/html;q=0.9\r\nAccept-Encoding: gzip, deflate"
        "\r\nCookie: session=" +
        connection.session + "\r\ntraceparent: 00-" + made_up_.hex(32) + "-" + made_up_.hex(16) +
        "-01\r\n";
    std::string body;
    if (text.starts_with("POST")) made_up_.append_words(body, made_up_.draw(50, 1000));
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
}

std::string TrafficRecords::response() {
    std::string type;
    const std::string content = body(type);
    return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 01 Aug 2026 10:" +
           std::to_string(made_up_.draw(10, 59)) + ":" + std::to_string(made_up_.draw(10, 59)) +
           " GMT\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(content.size()) +
           "\r\nConnection: keep-alive\r\nETag: \"" + made_up_.hex(16) +
           "\"\r\nX-Request-Id: " + made_up_.hex(32) + "\r\n\r\n" + content;
}

std::string TrafficRecords::body(std::string& type) {
    std::string text;
    const std::size_t kind = made_up_.draw(0, 39);
    if (kind == 0) {
        type = "image/jpeg";
        text = made_up_.noise(made_up_.draw(16, 63) * 1024);
    } else if (kind == 1) {
        type = "text/html; charset=utf-8";
        const std::size_t size = made_up_.draw(16, 63) * 1024;
        while (text.size() < size) {
            text +=
                "<li class=\"item\" id=\"" + std::to_string(made_up_.draw(1, 99'999)) + "\"><p>";
            made_up_.append_words(text, made_up_.draw(100, 400));
            text += "</p></li>\n";
        }
    } else {
        type = "application/json";
        text = "{\"id\":" + std::to_string(made_up_.draw(1, 999'999)) +
               ",\"total\":" + std::to_string(made_up_.draw(1, 9'999)) + ",\"token\":\"" +
               made_up_.hex(24) + "\",\"text\":\"";
        made_up_.append_words(text, made_up_.draw(20, 1100));
        text += "\"}";
    }
    return text;
}

void TrafficRecords::transfer(WireEnd& from, WireEnd& to, std::string_view bytes,
                              format::RecordBlock& block) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, WIRE_PAYLOAD_MAX);
        from.add_sent(piece, next_time(), block);
        to.add_received(piece, next_time(), block);
        bytes.remove_prefix(piece.size());
    }
}

std::uint64_t TrafficRecords::next_time() {
    return time_ns_ += made_up_.draw(500, 60'000);
}

}  // namespace httpprof::bench
