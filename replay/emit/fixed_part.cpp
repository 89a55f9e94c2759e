#include "replay/emit/fixed_part.h"

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

#include "format/bytes.h"

namespace httpprof::replay {
namespace {

// Struct sizes and types of format/README.md, "Wire records".
struct RecordForm {
    std::uint16_t type;
    std::uint16_t size;
};
constexpr RecordForm kData{1, 136};
constexpr RecordForm kProcess{2, 104};
constexpr RecordForm kFin{3, 88};
constexpr RecordForm kClose{4, 96};
constexpr RecordForm kIoUring{5, 48};
constexpr std::size_t kCommSize = 16;

// Appends fields in the order of the tables there.
class FixedPart {
  public:
    FixedPart(RecordForm form, std::size_t record_size, std::uint64_t time_ns) {
        add(static_cast<std::uint32_t>(record_size));
        add(form.type);
        add(form.size);
        add(time_ns);
    }

    template <std::unsigned_integral T>
    void add(T value) {
        std::array<char, sizeof(T)> bytes{};
        format::store_little_endian(bytes.data(), value);
        bytes_.append(bytes.data(), bytes.size());
    }
    template <typename T>
    requires std::is_enum_v<T>
    void add(T value) { add(static_cast<std::uint8_t>(value)); }
    void add_size_of(std::string_view bytes) { add(static_cast<std::uint32_t>(bytes.size())); }
    void add_reserved(std::size_t size) { bytes_.append(size, '\0'); }

    void add(const format::Task& task) {
        add(task.pid);
        add(task.tid);
        add(task.start_ns);
        bytes_ += task.comm;
        add_reserved(kCommSize - task.comm.size());
    }

    void add(const format::Socket& socket) {
        add(socket.id.inode);
        add(socket.id.first_seen_ns);
        add(socket.id.netns);
        add(socket.local.port);
        add(socket.remote.port);
        bytes_.append(socket.local.address.begin(), socket.local.address.end());
        bytes_.append(socket.remote.address.begin(), socket.remote.address.end());
    }

    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

std::string make(const format::DataRecord& record, std::size_t size) {
    FixedPart fixed(kData, size, record.time_ns);
    fixed.add(record.task);
    fixed.add(record.socket);
    fixed.add(record.position);
    fixed.add(record.other_position);
    fixed.add(record.original_size);
    fixed.add_size_of(record.payload);
    fixed.add(record.direction);
    fixed.add(record.source);
    fixed.add(record.missing);
    fixed.add_reserved(1);
    fixed.add(record.syscall);
    return fixed.take();
}

std::string make(const format::ProcessRecord& record, std::size_t size) {
    FixedPart fixed(kProcess, size, record.time_ns);
    fixed.add(record.task);
    fixed.add(record.arguments_size);
    fixed.add_size_of(record.arguments);
    fixed.add(record.environment_size);
    fixed.add_size_of(record.environment);
    fixed.add(record.exec_id);
    fixed.add(record.uid);
    fixed.add(record.namespace_pid);
    fixed.add(record.pid_namespace);
    fixed.add(record.mount_namespace);
    fixed.add(record.user_namespace);
    fixed.add(record.network_namespace);
    fixed.add_size_of(record.cgroup_names);
    fixed.add(record.environment_kept);
    fixed.add_reserved(1);
    fixed.add(record.address_space_tag);
    return fixed.take();
}

std::string make(const format::FinRecord& record, std::size_t size) {
    FixedPart fixed(kFin, size, record.time_ns);
    fixed.add(record.socket);
    fixed.add(record.position);
    fixed.add(record.direction);
    fixed.add_reserved(7);
    return fixed.take();
}

std::string make(const format::CloseRecord& record, std::size_t size) {
    FixedPart fixed(kClose, size, record.time_ns);
    fixed.add(record.socket);
    fixed.add(record.written_position);
    fixed.add(record.read_position);
    fixed.add(record.received_position);
    return fixed.take();
}

std::string make(const format::IoUringRecord& record, std::size_t size) {
    FixedPart fixed(kIoUring, size, record.time_ns);
    fixed.add(record.task);
    return fixed.take();
}

std::string make(const format::MalformedRecord&, std::size_t) {
    return {};
}

}  // namespace

std::string fixed_part(const format::Record& record, std::size_t record_size) {
    return std::visit([&](const auto& typed) { return make(typed, record_size); }, record);
}

}  // namespace httpprof::replay
