#include "tests/support/wire_records.h"

#include <algorithm>
#include <cstring>

namespace httpprof::test {
namespace {

wire_task make_task(const WireTask& task) {
    wire_task wire{};
    wire.pid = task.pid;
    wire.tid = task.tid;
    wire.start_ns = task.start_ns;
    std::memcpy(wire.comm, task.comm.data(),
                std::min<std::size_t>(task.comm.size(), WIRE_COMM_SIZE - 1));
    return wire;
}

wire_socket make_socket(const WireSocket& socket) {
    wire_socket wire{};
    wire.inode = socket.inode;
    wire.first_seen_ns = socket.first_seen_ns;
    wire.netns = socket.netns;
    wire.local_port = socket.local_port;
    wire.remote_port = socket.remote_port;
    std::ranges::copy(socket.local_address, wire.local_address);
    std::ranges::copy(socket.remote_address, wire.remote_address);
    return wire;
}

template <typename Wire>
std::string finish(Wire wire, std::uint16_t type, std::uint64_t time_ns,
                   const std::string& payload) {
    wire.header.size = static_cast<std::uint32_t>(sizeof(Wire) + payload.size());
    wire.header.type = type;
    wire.header.header_size = sizeof(Wire);
    wire.header.time_ns = time_ns;
    std::string bytes(sizeof(Wire), '\0');
    std::memcpy(bytes.data(), &wire, sizeof(Wire));
    return bytes + payload;
}

std::uint32_t size_of(const std::string& bytes) {
    return static_cast<std::uint32_t>(bytes.size());
}

}  // namespace

WireAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
}

std::string data_record(const WireData& data) {
    wire_data wire{};
    wire.task = make_task(data.task);
    wire.socket = make_socket(data.socket);
    wire.position = data.position;
    wire.other_position = data.other_position;
    wire.original_size = data.original_size.value_or(size_of(data.payload));
    wire.captured_size = size_of(data.payload);
    wire.direction = data.direction;
    wire.source = data.source;
    wire.missing = data.missing;
    wire.syscall = data.syscall;
    return finish(wire, WIRE_DATA, data.time_ns, data.payload);
}

std::string process_record(const WireProcess& process) {
    wire_process wire{};
    wire.task = make_task(process.task);
    wire.arguments_size = process.arguments_size.value_or(size_of(process.arguments));
    wire.arguments_captured = size_of(process.arguments);
    wire.environment_size = process.environment_size.value_or(size_of(process.environment));
    wire.environment_captured = size_of(process.environment);
    wire.exec_id = process.exec_id;
    wire.uid = process.uid;
    wire.namespace_pid = process.namespace_pid;
    wire.pid_namespace = 4026531836;
    wire.mount_namespace = 4026531841;
    wire.user_namespace = 4026531837;
    wire.network_namespace = 4026531833;
    wire.cgroup_captured = size_of(process.cgroup);
    wire.environment_kept = process.environment_kept;
    wire.address_space_tag = 0xbeef;
    return finish(wire, WIRE_PROCESS, process.time_ns,
                  process.arguments + process.environment + process.cgroup);
}

std::string fin_record(const WireFin& fin) {
    wire_fin wire{};
    wire.socket = make_socket(fin.socket);
    wire.position = fin.position;
    wire.direction = fin.direction;
    return finish(wire, WIRE_FIN, fin.time_ns, {});
}

std::string close_record(const WireClose& close) {
    wire_close wire{};
    wire.socket = make_socket(close.socket);
    wire.written_position = close.written_position;
    wire.read_position = close.read_position;
    wire.received_position = close.received_position;
    return finish(wire, WIRE_CLOSE, close.time_ns, {});
}

std::string io_uring_record(const WireIoUring& io_uring) {
    wire_io_uring wire{};
    wire.task = make_task(io_uring.task);
    return finish(wire, WIRE_IO_URING, io_uring.time_ns, {});
}

}  // namespace httpprof::test
