#include "tools/bench/traffic_records.h"

#include <algorithm>
#include <cstring>

namespace httpprof::bench {
namespace {

constexpr std::size_t kWords = 2000;
constexpr std::uint32_t kNetns = 4'026'531'840;
constexpr std::uint16_t kServerPort = 8080;

constexpr std::array<std::string_view, 4> kAgents = {
    "curl/7.88.1", "python-requests/2.28.1", "Go-http-client/1.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"};
constexpr std::array<std::string_view, 5> kPaths = {"/api/v1/orders/", "/api/v1/customers/",
                                                    "/search?q=", "/static/", "/health?probe="};

wire_task make_task(std::uint32_t pid, std::string_view name) {
    wire_task task{.pid = pid, .tid = pid, .start_ns = pid * std::uint64_t{1'000'003}, .comm = {}};
    name.copy(task.comm, sizeof(task.comm) - 1);
    return task;
}

wire_socket make_socket(std::uint64_t inode, std::uint64_t now, std::uint16_t local,
                        std::uint16_t remote) {
    constexpr std::array<std::uint8_t, WIRE_ADDRESS_SIZE> kLoopback = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1};
    wire_socket socket{.inode = inode,
                       .first_seen_ns = now,
                       .netns = kNetns,
                       .local_port = local,
                       .remote_port = remote,
                       .local_address = {},
                       .remote_address = {}};
    std::ranges::copy(kLoopback, socket.local_address);
    std::ranges::copy(kLoopback, socket.remote_address);
    return socket;
}

}  // namespace

TrafficRecords::TrafficRecords() {
    for (std::size_t i = 0; i < kWords; ++i) {
        std::string word(draw(2, 10), ' ');
        for (char& letter : word)
            letter = "eeeetttaaooinnsshrrdlcumwfgypbvkjxqz"[draw(0, 35)];
        words_.push_back(std::move(word));
    }
    for (std::uint32_t i = 0; i < 8; ++i) {
        clients_.push_back(make_task(2000 + 17 * i, "client"));
        servers_.push_back(make_task(900 + i, "nginx"));
    }
}

void TrafficRecords::add_exchange(format::RecordBlock& block) {
    Connection& connection = connections_[draw(0, connections_.size() - 1)];
    if (connection.exchanges_left == 0) connect(connection, block);
    transfer(connection.client, connection.server, request(connection), block);
    transfer(connection.server, connection.client, response(), block);
    if (--connection.exchanges_left == 0) close(connection, block);
}

std::size_t TrafficRecords::draw(std::size_t least, std::size_t most) {
    return least + random_() % (most - least + 1);
}

std::string TrafficRecords::hex(std::size_t digits) {
    std::string text(digits, '0');
    for (char& digit : text)
        digit = "0123456789abcdef"[draw(0, 15)];
    return text;
}

// Some words are far more frequent than others, as in any language.
void TrafficRecords::append_words(std::string& text, std::size_t size) {
    const std::size_t end = text.size() + size;
    while (text.size() < end) {
        text += words_[draw(0, draw(0, words_.size() - 1))];
        text += draw(0, 7) == 0 ? ", " : " ";
    }
}

void TrafficRecords::connect(Connection& connection, format::RecordBlock& block) {
    const auto port = static_cast<std::uint16_t>(draw(32768, 60999));
    const auto make_end = [&](const wire_task& task, std::uint16_t local, std::uint16_t remote) {
        return End{.task = task,
                   .socket = make_socket(next_inode_++, time_ns_, local, remote),
                   .sent = 0,
                   .received = 0};
    };
    connection.client = make_end(clients_[draw(0, clients_.size() - 1)], port, kServerPort);
    connection.server = make_end(servers_[draw(0, servers_.size() - 1)], kServerPort, port);
    connection.client.sent = connection.server.received = (1ULL << 32) + draw(0, 0xFFFFFFFF);
    connection.server.sent = connection.client.received = (1ULL << 32) + draw(0, 0xFFFFFFFF);
    connection.session = hex(32);
    connection.exchanges_left = draw(1, 100);
    std::string arguments = std::string(connection.client.task.comm) + '\0' + "--config" + '\0';
    std::string environment = "PATH=/usr/local/bin:/usr/bin:/bin";
    environment += '\0';
    environment += "HOSTNAME=web-" + hex(6) + '\0';
    wire_process process{};
    process.task = connection.client.task;
    process.arguments_size = process.arguments_captured =
        static_cast<std::uint32_t>(arguments.size());
    process.environment_size = process.environment_captured =
        static_cast<std::uint32_t>(environment.size());
    if (draw(0, 9) == 0) add(process, WIRE_PROCESS, arguments + environment, block);
}

void TrafficRecords::close(Connection& connection, format::RecordBlock& block) {
    for (const End* end : {&connection.client, &connection.server}) {
        wire_fin fin{};
        fin.socket = end->socket;
        fin.position = end->received;
        fin.direction = WIRE_RECV;
        add(fin, WIRE_FIN, {}, block);
        wire_close close{};
        close.socket = end->socket;
        add(close, WIRE_CLOSE, {}, block);
    }
}

std::string TrafficRecords::request(const Connection& connection) {
    std::string text = draw(0, 3) == 0 ? "POST " : "GET ";
    text += kPaths[draw(0, kPaths.size() - 1)];
    text +=
        std::to_string(draw(1, 999'999)) + " HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: ";
    text += kAgents[connection.client.task.pid % kAgents.size()];
    text +=
        "\r\nAccept: application/json, text/html;q=0.9\r\nAccept-Encoding: gzip, deflate"
        "\r\nCookie: session=" +
        connection.session + "\r\ntraceparent: 00-" + hex(32) + "-" + hex(16) + "-01\r\n";
    std::string body;
    if (text.starts_with("POST")) append_words(body, draw(50, 1000));
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
}

std::string TrafficRecords::response() {
    std::string type;
    const std::string content = body(type);
    return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 01 Aug 2026 10:" +
           std::to_string(draw(10, 59)) + ":" + std::to_string(draw(10, 59)) +
           " GMT\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(content.size()) +
           "\r\nConnection: keep-alive\r\nETag: \"" + hex(16) + "\"\r\nX-Request-Id: " + hex(32) +
           "\r\n\r\n" + content;
}

std::string TrafficRecords::body(std::string& type) {
    std::string text;
    const std::size_t kind = draw(0, 39);
    if (kind == 0) {
        type = "image/jpeg";
        text.resize(draw(16, 63) * 1024);
        for (std::size_t i = 0; i + sizeof(std::uint64_t) <= text.size();
             i += sizeof(std::uint64_t)) {
            const std::uint64_t noise = random_();
            std::memcpy(&text[i], &noise, sizeof(noise));
        }
    } else if (kind == 1) {
        type = "text/html; charset=utf-8";
        const std::size_t size = draw(16, 63) * 1024;
        while (text.size() < size) {
            text += "<li class=\"item\" id=\"" + std::to_string(draw(1, 99'999)) + "\"><p>";
            append_words(text, draw(100, 400));
            text += "</p></li>\n";
        }
    } else {
        type = "application/json";
        text = "{\"id\":" + std::to_string(draw(1, 999'999)) +
               ",\"total\":" + std::to_string(draw(1, 9'999)) + ",\"token\":\"" + hex(24) +
               "\",\"text\":\"";
        append_words(text, draw(20, 1100));
        text += "\"}";
    }
    return text;
}

void TrafficRecords::transfer(End& from, End& to, std::string_view bytes,
                              format::RecordBlock& block) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, WIRE_PAYLOAD_MAX);
        add_data(from, WIRE_SEND, piece, block);
        add_data(to, WIRE_RECV, piece, block);
        bytes.remove_prefix(piece.size());
    }
}

void TrafficRecords::add_data(End& end, std::uint8_t direction, std::string_view bytes,
                              format::RecordBlock& block) {
    const bool sends = direction == WIRE_SEND;
    std::uint64_t& position = sends ? end.sent : end.received;
    wire_data data{};
    data.task = end.task;
    data.socket = end.socket;
    data.position = position;
    data.other_position = sends ? end.received : end.sent;
    data.original_size = data.captured_size = static_cast<std::uint32_t>(bytes.size());
    data.direction = direction;
    data.source = WIRE_SOURCE_SYSCALL;
    data.syscall = sends ? WIRE_WRITEV : WIRE_RECVFROM;
    add(data, WIRE_DATA, bytes, block);
    position += bytes.size();
}

template <typename Wire>
void TrafficRecords::add(Wire wire, wire_type type, std::string_view payload,
                         format::RecordBlock& block) {
    time_ns_ += draw(500, 60'000);
    wire.header = {.size = static_cast<std::uint32_t>(sizeof(wire) + payload.size()),
                   .type = static_cast<std::uint16_t>(type),
                   .header_size = sizeof(wire),
                   .time_ns = time_ns_};
    record_.assign(reinterpret_cast<const char*>(&wire), sizeof(wire));
    record_ += payload;
    block.append(record_);
}

}  // namespace httpprof::bench
