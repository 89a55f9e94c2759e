#include "replay/emit/json_record.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include "replay/emit/fixed_part.h"

namespace httpprof::replay {
namespace {

std::string_view name_of_type(const format::DataRecord&) {
    return "data";
}
std::string_view name_of_type(const format::ProcessRecord&) {
    return "process";
}
std::string_view name_of_type(const format::FinRecord&) {
    return "fin";
}
std::string_view name_of_type(const format::CloseRecord&) {
    return "close";
}
std::string_view name_of_type(const format::IoUringRecord&) {
    return "io_uring";
}
std::string_view name_of_type(const format::MalformedRecord&) {
    return "malformed";
}

template <typename Enum>
std::uint64_t wire_value(Enum value) {
    return static_cast<std::uint64_t>(value);
}

void put(JsonLine& line, const format::Task& task) {
    line.key("pid").number(std::uint64_t{task.pid});
    line.key("tid").number(std::uint64_t{task.tid});
    line.key("start_ns").number(task.start_ns);
    line.key("comm").text(task.comm);
}

void put(JsonLine& line, const format::Socket& socket) {
    line.key("inode").number(socket.id.inode);
    line.key("first_seen_ns").number(socket.id.first_seen_ns);
    line.key("netns").number(std::uint64_t{socket.id.netns});
    line.key("local_port").number(std::uint64_t{socket.local.port});
    line.key("remote_port").number(std::uint64_t{socket.remote.port});
    line.key("local_address").text(format::address_text(socket.local));
    line.key("remote_address").text(format::address_text(socket.remote));
}

void put_fields(JsonLine& line, const format::DataRecord& record) {
    put(line, record.task);
    put(line, record.socket);
    line.key("position").number(record.position);
    line.key("other_position").number(record.other_position);
    line.key("original_size").number(std::uint64_t{record.original_size});
    line.key("captured_size").number(std::uint64_t{record.payload.size()});
    line.key("direction").number(wire_value(record.direction));
    line.key("source").number(std::uint64_t{record.source});
    line.key("missing").number(wire_value(record.missing));
    line.key("syscall").number(std::uint64_t{record.syscall});
    line.key("payload").base64(record.payload);
}

void put_fields(JsonLine& line, const format::ProcessRecord& record) {
    put(line, record.task);
    line.key("arguments_size").number(std::uint64_t{record.arguments_size});
    line.key("arguments_captured").number(std::uint64_t{record.arguments.size()});
    line.key("environment_size").number(std::uint64_t{record.environment_size});
    line.key("environment_captured").number(std::uint64_t{record.environment.size()});
    line.key("exec_id").number(record.exec_id);
    line.key("uid").number(std::uint64_t{record.uid});
    line.key("namespace_pid").number(std::uint64_t{record.namespace_pid});
    line.key("pid_namespace").number(std::uint64_t{record.pid_namespace});
    line.key("mount_namespace").number(std::uint64_t{record.mount_namespace});
    line.key("user_namespace").number(std::uint64_t{record.user_namespace});
    line.key("network_namespace").number(std::uint64_t{record.network_namespace});
    line.key("cgroup_captured").number(std::uint64_t{record.cgroup_names.size()});
    line.key("environment_kept").number(wire_value(record.environment_kept));
    line.key("address_space_tag").number(std::uint64_t{record.address_space_tag});
    line.key("arguments").pieces(record.arguments);
    line.key("environment").pieces(record.environment);
    line.key("cgroup").pieces(record.cgroup_names);
}

void put_fields(JsonLine& line, const format::FinRecord& record) {
    put(line, record.socket);
    line.key("position").number(record.position);
    line.key("direction").number(wire_value(record.direction));
}

void put_fields(JsonLine& line, const format::CloseRecord& record) {
    put(line, record.socket);
    line.key("written_position").number(record.written_position);
    line.key("read_position").number(record.read_position);
    line.key("received_position").number(record.received_position);
}

void put_fields(JsonLine& line, const format::IoUringRecord& record) {
    put(line, record.task);
}

std::size_t payload_size(const format::Record& record) {
    if (const auto* data = std::get_if<format::DataRecord>(&record)) return data->payload.size();
    if (const auto* process = std::get_if<format::ProcessRecord>(&record)) {
        return process->arguments.size() + process->environment.size() +
               process->cgroup_names.size();
    }
    return 0;
}

}  // namespace

std::string_view type_name(const format::Record& record) {
    return std::visit([](const auto& typed) { return name_of_type(typed); }, record);
}

void put_record(JsonLine& line, const format::Record& record, std::string_view bytes) {
    if (const auto* malformed = std::get_if<format::MalformedRecord>(&record)) {
        line.key("what").text(malformed->what);
        line.key("bytes").base64(bytes);
        return;
    }
    const std::string_view header = bytes.substr(0, bytes.size() - payload_size(record));
    line.key("size").number(std::uint64_t{bytes.size()});
    line.key("header_size").number(std::uint64_t{header.size()});
    line.key("time_ns").number(format::time_of(record));
    std::visit(
        [&](const auto& typed) {
            if constexpr (!std::is_same_v<decltype(typed), const format::MalformedRecord&>)
                put_fields(line, typed);
        },
        record);
    if (header != fixed_part(record, bytes.size())) line.key("header").base64(header);
}

}  // namespace httpprof::replay
