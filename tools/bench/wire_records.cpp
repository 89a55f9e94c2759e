#include "tools/bench/wire_records.h"

#include <algorithm>
#include <array>

namespace httpprof::bench {
namespace {

constexpr std::uint32_t kNetns = 4'026'531'840;

template <typename Wire>
void add(Wire wire, wire_type type, std::string_view payload, std::uint64_t time_ns,
         format::RecordBlock& block) {
    wire.header = {.size = static_cast<std::uint32_t>(sizeof(wire) + payload.size()),
                   .type = static_cast<std::uint16_t>(type),
                   .header_size = sizeof(wire),
                   .time_ns = time_ns};
    std::string record(reinterpret_cast<const char*>(&wire), sizeof(wire));
    record += payload;
    block.append(record);
}

}  // namespace

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

void add_process(const wire_task& task, std::string_view arguments, std::string_view environment,
                 std::uint64_t time_ns, format::RecordBlock& block) {
    wire_process process{};
    process.task = task;
    process.arguments_size = process.arguments_captured =
        static_cast<std::uint32_t>(arguments.size());
    process.environment_size = process.environment_captured =
        static_cast<std::uint32_t>(environment.size());
    std::string payload(arguments);
    payload += environment;
    add(process, WIRE_PROCESS, payload, time_ns, block);
}

void WireEnd::add_sent(std::string_view bytes, std::uint64_t time_ns, format::RecordBlock& block) {
    add_data(WIRE_SEND, bytes, time_ns, block);
    sent_ += bytes.size();
}

void WireEnd::add_received(std::string_view bytes, std::uint64_t time_ns,
                           format::RecordBlock& block) {
    add_data(WIRE_RECV, bytes, time_ns, block);
    received_ += bytes.size();
}

void WireEnd::add_fin(std::uint64_t time_ns, format::RecordBlock& block) const {
    wire_fin fin{};
    fin.socket = socket_;
    fin.position = received_;
    fin.direction = WIRE_RECV;
    add(fin, WIRE_FIN, {}, time_ns, block);
}

void WireEnd::add_close(std::uint64_t time_ns, format::RecordBlock& block) const {
    wire_close close{};
    close.socket = socket_;
    add(close, WIRE_CLOSE, {}, time_ns, block);
}

void WireEnd::add_data(std::uint8_t direction, std::string_view bytes, std::uint64_t time_ns,
                       format::RecordBlock& block) const {
    const bool sends = direction == WIRE_SEND;
    wire_data data{};
    data.task = task_;
    data.socket = socket_;
    data.position = sends ? sent_ : received_;
    data.other_position = sends ? received_ : sent_;
    data.original_size = data.captured_size = static_cast<std::uint32_t>(bytes.size());
    data.direction = direction;
    data.source = WIRE_SOURCE_SYSCALL;
    data.syscall = sends ? WIRE_WRITEV : WIRE_RECVFROM;
    add(data, WIRE_DATA, bytes, time_ns, block);
}

}  // namespace httpprof::bench
