#include "format/record.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "bpf/wire.h"
#include "format/bytes.h"

namespace httpprof::format {
namespace {

static_assert(static_cast<int>(Direction::send) == WIRE_SEND);
static_assert(static_cast<int>(Direction::recv) == WIRE_RECV);
static_assert(static_cast<int>(MissingCause::none) == WIRE_MISSING_NOTHING);
static_assert(static_cast<int>(MissingCause::snaplen) == WIRE_MISSING_SNAPLEN);
static_assert(static_cast<int>(MissingCause::unreadable) == WIRE_MISSING_UNREADABLE);
static_assert(static_cast<int>(MissingCause::sendfile) == WIRE_MISSING_SENDFILE);
static_assert(static_cast<int>(MissingCause::discarded) == WIRE_MISSING_DISCARDED);
static_assert(static_cast<int>(MissingCause::iovecs) == WIRE_MISSING_IOVECS);
static_assert(static_cast<int>(MissingCause::splice) == WIRE_MISSING_SPLICE);
static_assert(static_cast<int>(MissingCause::urgent) == WIRE_MISSING_URGENT);
static_assert(static_cast<int>(EnvironmentKept::whole) == WIRE_ENVIRONMENT_WHOLE);
static_assert(static_cast<int>(EnvironmentKept::by_prefix) == WIRE_ENVIRONMENT_BY_PREFIX);
static_assert(static_cast<int>(EnvironmentKept::none) == WIRE_ENVIRONMENT_NONE);

// The caller has checked that the field is within `bytes`.
template <typename T>
T field(std::string_view bytes, std::size_t offset) {
    return load_little_endian<T>(bytes.data() + offset);
}

// A field that was added to its record later: 0 in a record from before that.
template <typename T>
T later_field(std::string_view fixed, std::size_t offset) {
    return offset + sizeof(T) <= fixed.size() ? field<T>(fixed, offset) : T{0};
}

// A record whose size fields agree with the bytes that are there.
struct Parts {
    std::string_view fixed;  // the header included
    std::string_view payload;
    std::uint64_t time_ns;
};

Result<Parts> split(const WireRecord& wire, std::size_t fixed_size) {
    const std::string_view bytes = wire.fixed;
    const auto header_size = field<std::uint16_t>(bytes, offsetof(wire_header, header_size));
    if (field<std::uint32_t>(bytes, offsetof(wire_header, size)) != wire.size())
        return Error{"the record's size field is not its size"};
    if (header_size < fixed_size) return Error{"the record's header is too short for its type"};
    if (header_size > bytes.size()) return Error{"the record's header is longer than the record"};
    return Parts{bytes.substr(0, header_size),
                 wire.payload.empty() ? bytes.substr(header_size) : wire.payload,
                 record_time_ns(bytes)};
}

Task task_at(std::string_view fixed, std::size_t offset) {
    const std::string_view comm = fixed.substr(offset + offsetof(wire_task, comm), WIRE_COMM_SIZE);
    return {.pid = field<std::uint32_t>(fixed, offset + offsetof(wire_task, pid)),
            .tid = field<std::uint32_t>(fixed, offset + offsetof(wire_task, tid)),
            .start_ns = field<std::uint64_t>(fixed, offset + offsetof(wire_task, start_ns)),
            .comm = comm.substr(0, comm.find('\0'))};
}

Endpoint endpoint_at(std::string_view fixed, std::size_t address, std::size_t port) {
    Endpoint endpoint;
    std::copy_n(fixed.data() + address, endpoint.address.size(),
                reinterpret_cast<char*>(endpoint.address.data()));
    endpoint.port = field<std::uint16_t>(fixed, port);
    return endpoint;
}

Socket socket_at(std::string_view fixed, std::size_t offset) {
    Socket socket;
    socket.id = {
        .inode = field<std::uint64_t>(fixed, offset + offsetof(wire_socket, inode)),
        .first_seen_ns = field<std::uint64_t>(fixed, offset + offsetof(wire_socket, first_seen_ns)),
        .netns = field<std::uint32_t>(fixed, offset + offsetof(wire_socket, netns))};
    socket.local = endpoint_at(fixed, offset + offsetof(wire_socket, local_address),
                               offset + offsetof(wire_socket, local_port));
    socket.remote = endpoint_at(fixed, offset + offsetof(wire_socket, remote_address),
                                offset + offsetof(wire_socket, remote_port));
    return socket;
}

Result<Direction> direction_at(std::string_view fixed, std::size_t offset) {
    const auto value = field<std::uint8_t>(fixed, offset);
    if (value != WIRE_SEND && value != WIRE_RECV)
        return Error{"unknown direction " + std::to_string(value)};
    return static_cast<Direction>(value);
}

// What the sizes of a data record must be to each other, to its position and to its payload.
Result<void> check_sizes(const DataRecord& record, std::uint32_t captured_size) {
    if (captured_size != record.payload.size())
        return Error{"the captured size is not the size of the payload"};
    if (captured_size > WIRE_PAYLOAD_MAX) return Error{"the payload is over the limit"};
    if (captured_size > record.original_size)
        return Error{"more bytes were captured than crossed the socket"};
    if (record.original_size > std::numeric_limits<std::uint64_t>::max() - record.position)
        return Error{"the position is beyond the end of any stream"};
    return {};
}

Result<MissingCause> missing_at(std::string_view fixed, bool some_missing) {
    const auto value = field<std::uint8_t>(fixed, offsetof(wire_data, missing));
    if (value > WIRE_MISSING_URGENT)
        return Error{"unknown cause of missing bytes " + std::to_string(value)};
    if (!some_missing) return MissingCause::none;
    if (value == WIRE_MISSING_NOTHING) return Error{"bytes are missing without a cause"};
    return static_cast<MissingCause>(value);
}

Result<Record> decode_data(const WireRecord& wire) {
    const auto parts = split(wire, sizeof(wire_data));
    if (!parts) return parts.error();
    const std::string_view fixed = parts->fixed;
    const auto direction = direction_at(fixed, offsetof(wire_data, direction));
    if (!direction) return direction.error();

    DataRecord record;
    record.time_ns = parts->time_ns;
    record.task = task_at(fixed, offsetof(wire_data, task));
    record.socket = socket_at(fixed, offsetof(wire_data, socket));
    record.direction = *direction;
    record.position = field<std::uint64_t>(fixed, offsetof(wire_data, position));
    record.other_position = field<std::uint64_t>(fixed, offsetof(wire_data, other_position));
    record.original_size = field<std::uint32_t>(fixed, offsetof(wire_data, original_size));
    record.source = field<std::uint8_t>(fixed, offsetof(wire_data, source));
    record.syscall = field<std::uint32_t>(fixed, offsetof(wire_data, syscall));
    record.payload = parts->payload;

    const auto sizes =
        check_sizes(record, field<std::uint32_t>(fixed, offsetof(wire_data, captured_size)));
    if (!sizes) return sizes.error();
    const auto missing = missing_at(fixed, record.payload.size() < record.original_size);
    if (!missing) return missing.error();
    record.missing = *missing;
    if (record.source != WIRE_SOURCE_SYSCALL)
        return Error{"unknown source " + std::to_string(record.source)};
    return Record(record);
}

void read_identity(ProcessRecord& record, std::string_view fixed) {
    record.exec_id = later_field<std::uint64_t>(fixed, offsetof(wire_process, exec_id));
    record.uid = later_field<std::uint32_t>(fixed, offsetof(wire_process, uid));
    record.address_space_tag =
        later_field<std::uint16_t>(fixed, offsetof(wire_process, address_space_tag));
    record.namespace_pid = later_field<std::uint32_t>(fixed, offsetof(wire_process, namespace_pid));
    record.pid_namespace = later_field<std::uint32_t>(fixed, offsetof(wire_process, pid_namespace));
    record.mount_namespace =
        later_field<std::uint32_t>(fixed, offsetof(wire_process, mount_namespace));
    record.user_namespace =
        later_field<std::uint32_t>(fixed, offsetof(wire_process, user_namespace));
    record.network_namespace =
        later_field<std::uint32_t>(fixed, offsetof(wire_process, network_namespace));
}

Result<Record> decode_process(const WireRecord& wire) {
    const auto parts = split(wire, offsetof(wire_process, exec_id));
    if (!parts) return parts.error();
    const std::string_view fixed = parts->fixed;
    const auto arguments = field<std::uint32_t>(fixed, offsetof(wire_process, arguments_captured));
    const auto environment =
        field<std::uint32_t>(fixed, offsetof(wire_process, environment_captured));
    const auto cgroup = later_field<std::uint32_t>(fixed, offsetof(wire_process, cgroup_captured));
    const auto kept = later_field<std::uint8_t>(fixed, offsetof(wire_process, environment_kept));
    if (arguments > WIRE_ARGUMENTS_MAX) return Error{"the command line is over the limit"};
    if (environment > WIRE_ENVIRONMENT_MAX) return Error{"the environment is over the limit"};
    if (cgroup > WIRE_CGROUP_MAX) return Error{"the names of cgroups are over the limit"};
    if (kept > WIRE_ENVIRONMENT_NONE)
        return Error{"unknown way to keep an environment " + std::to_string(kept)};
    if (std::size_t{arguments} + environment + cgroup != parts->payload.size())
        return Error{"the captured sizes are not the size of the payload"};

    ProcessRecord record;
    record.time_ns = parts->time_ns;
    record.task = task_at(fixed, offsetof(wire_process, task));
    record.arguments_size = field<std::uint32_t>(fixed, offsetof(wire_process, arguments_size));
    record.environment_size = field<std::uint32_t>(fixed, offsetof(wire_process, environment_size));
    record.arguments = parts->payload.substr(0, arguments);
    record.environment = parts->payload.substr(arguments, environment);
    record.environment_kept = static_cast<EnvironmentKept>(kept);
    record.cgroup_names = parts->payload.substr(arguments + environment);
    read_identity(record, fixed);
    if (arguments > record.arguments_size || environment > record.environment_size)
        return Error{"more bytes were captured than the process has"};
    return Record(record);
}

Result<Record> decode_fin(const WireRecord& wire) {
    const auto parts = split(wire, sizeof(wire_fin));
    if (!parts) return parts.error();
    if (!parts->payload.empty()) return Error{"the record has a payload, which its type has not"};
    const auto direction = direction_at(parts->fixed, offsetof(wire_fin, direction));
    if (!direction) return direction.error();
    return Record(
        FinRecord{.time_ns = parts->time_ns,
                  .socket = socket_at(parts->fixed, offsetof(wire_fin, socket)),
                  .direction = *direction,
                  .position = field<std::uint64_t>(parts->fixed, offsetof(wire_fin, position))});
}

Result<Record> decode_close(const WireRecord& wire) {
    const auto parts = split(wire, offsetof(wire_close, written_position));
    if (!parts) return parts.error();
    if (!parts->payload.empty()) return Error{"the record has a payload, which its type has not"};
    const std::string_view fixed = parts->fixed;
    const auto position = [&](std::size_t offset) {
        return later_field<std::uint64_t>(fixed, offset);
    };
    return Record(
        CloseRecord{.time_ns = parts->time_ns,
                    .socket = socket_at(fixed, offsetof(wire_close, socket)),
                    .written_position = position(offsetof(wire_close, written_position)),
                    .read_position = position(offsetof(wire_close, read_position)),
                    .received_position = position(offsetof(wire_close, received_position))});
}

Result<Record> decode_io_uring(const WireRecord& wire) {
    const auto parts = split(wire, sizeof(wire_io_uring));
    if (!parts) return parts.error();
    if (!parts->payload.empty()) return Error{"the record has a payload, which its type has not"};
    return Record(IoUringRecord{.time_ns = parts->time_ns,
                                .task = task_at(parts->fixed, offsetof(wire_io_uring, task))});
}

}  // namespace

std::string_view to_string(MissingCause cause) {
    switch (cause) {
        case MissingCause::none:
            return "none";
        case MissingCause::snaplen:
            return "snaplen";
        case MissingCause::unreadable:
            return "unreadable";
        case MissingCause::sendfile:
            return "sendfile";
        case MissingCause::discarded:
            return "discarded";
        case MissingCause::iovecs:
            return "iovecs";
        case MissingCause::splice:
            return "splice";
        case MissingCause::urgent:
            return "urgent";
        case MissingCause::unread:
            return "unread";
        case MissingCause::lost:
            return "lost";
    }
    return "unknown";
}

std::string cgroup_path(std::string_view cgroup_names) {
    std::string path;
    while (!cgroup_names.empty()) {
        const std::string_view name = cgroup_names.substr(0, cgroup_names.find('\0'));
        cgroup_names.remove_prefix(std::min(cgroup_names.size(), name.size() + 1));
        if (name.empty()) return path.empty() ? "/" : path;  // the root has no name
        path.insert(0, name).insert(0, "/");
    }
    return path.empty() ? path : "..." + path;
}

std::string_view WireRecord::joined(std::string& memory) const {
    if (payload.empty()) return fixed;
    memory.assign(fixed).append(payload);
    return memory;
}

Result<Record> decode_record(const WireRecord& wire) {
    if (wire.fixed.size() < sizeof(wire_header))
        return Error{"the record is too short for a header"};
    const auto type = field<std::uint16_t>(wire.fixed, offsetof(wire_header, type));
    switch (type) {
        case WIRE_DATA:
            return decode_data(wire);
        case WIRE_PROCESS:
            return decode_process(wire);
        case WIRE_FIN:
            return decode_fin(wire);
        case WIRE_CLOSE:
            return decode_close(wire);
        case WIRE_IO_URING:
            return decode_io_uring(wire);
        default:
            return Error{"unknown record type " + std::to_string(type)};
    }
}

std::uint64_t record_time_ns(std::string_view bytes) {
    if (bytes.size() < sizeof(wire_header)) return 0;
    return field<std::uint64_t>(bytes, offsetof(wire_header, time_ns));
}

std::uint64_t time_of(const Record& record) {
    return std::visit([](const auto& typed) { return typed.time_ns; }, record);
}

}  // namespace httpprof::format
