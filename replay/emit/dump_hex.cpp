#include "replay/emit/dump_hex.h"

#include <array>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <variant>

#include "replay/emit/json_record.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kBytesPerRow = 16;

// "    00000010  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..".
std::string hex_row(std::string_view bytes, std::size_t offset) {
    std::array<char, 24> piece{};
    std::snprintf(piece.data(), piece.size(), "    %08zx ", offset);
    std::string row = piece.data();
    std::string ascii;
    for (std::size_t i = 0; i < kBytesPerRow; ++i) {
        if (i == kBytesPerRow / 2) row += ' ';
        if (i >= bytes.size()) {
            row += "   ";
            continue;
        }
        const auto byte = static_cast<unsigned char>(bytes[i]);
        std::snprintf(piece.data(), piece.size(), " %02x", byte);
        row += piece.data();
        ascii += byte >= 0x20 && byte < 0x7F ? bytes[i] : '.';
    }
    return row + "  " + ascii + '\n';
}

std::string hex_rows(std::string_view bytes) {
    std::string rows;
    for (std::size_t offset = 0; offset < bytes.size(); offset += kBytesPerRow)
        rows += hex_row(bytes.substr(offset, kBytesPerRow), offset);
    return rows;
}

// Seconds since boot.
std::string time_text(std::uint64_t time_ns) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%" PRIu64 ".%09" PRIu64, time_ns / kSecond,
                  time_ns % kSecond);
    return text.data();
}

std::string size_text(std::uint64_t size) {
    return std::to_string(size) + (size == 1 ? " byte" : " bytes");
}

std::string socket_text(const format::Socket& socket, std::string_view arrow) {
    return "socket " + std::to_string(socket.id.inode) + " " + endpoint_text(socket.local) + " " +
           std::string(arrow) + " " + endpoint_text(socket.remote);
}

std::string_view arrow(format::Direction direction) {
    return direction == format::Direction::send ? "->" : "<-";
}

std::string task_text(const format::Task& task) {
    return "process " + std::to_string(task.pid) + " (" + std::string(task.comm) + ") thread " +
           std::to_string(task.tid);
}

std::string summary(const format::DataRecord& record) {
    std::string text = task_text(record.task) + " " +
                       socket_text(record.socket, arrow(record.direction)) + " position " +
                       std::to_string(record.position) + ": " + size_text(record.original_size);
    if (record.payload.size() < record.original_size) {
        text += ", " + std::to_string(record.payload.size()) + " captured (" +
                std::string(format::to_string(record.missing)) + ")";
    }
    return text;
}

std::string summary(const format::ProcessRecord& record) {
    return task_text(record.task) + " user " + std::to_string(record.uid) + " program " +
           std::to_string(record.exec_id) + ": " + size_text(record.arguments.size()) +
           " of arguments, " + size_text(record.environment.size()) + " of environment, " +
           size_text(record.cgroup_names.size()) + " of cgroup names";
}

std::string summary(const format::FinRecord& record) {
    return socket_text(record.socket, arrow(record.direction)) + " position " +
           std::to_string(record.position);
}

std::string summary(const format::CloseRecord& record) {
    std::string text = socket_text(record.socket, "--");
    const auto add = [&](std::string_view what, std::uint64_t position) {
        if (position > 0) text.append(what).append(std::to_string(position));
    };
    add(" written to ", record.written_position);
    add(" read to ", record.read_position);
    add(" received to ", record.received_position);
    return text;
}

std::string summary(const format::IoUringRecord& record) {
    return task_text(record.task);
}

std::string summary(const format::MalformedRecord& record) {
    return record.what;
}

// What a row of bytes is shown of: the payload, or all where it is not known where that begins.
std::string_view shown_bytes(const format::Record& record, std::string_view bytes) {
    if (const auto* data = std::get_if<format::DataRecord>(&record)) return data->payload;
    if (const auto* process = std::get_if<format::ProcessRecord>(&record)) {
        return bytes.substr(bytes.size() - process->arguments.size() - process->environment.size() -
                            process->cgroup_names.size());
    }
    return std::holds_alternative<format::MalformedRecord>(record) ? bytes : std::string_view();
}

std::string identity_text(const format::Header& header) {
    return "host " + header.host + ", " + header.kernel + " " + header.machine + ", segment " +
           std::to_string(header.segment) + ", written by " + header.writer;
}

std::string summary(const format::Snapshot& snapshot) {
    std::string text = "snapshot: at " + time_text(snapshot.time_ns) + " process " +
                       std::to_string(snapshot.pid) + " program " +
                       std::to_string(snapshot.exec_id) + ": " +
                       size_text(snapshot.arguments.size()) + " of arguments, " +
                       size_text(snapshot.environment.size()) + " of environment";
    return snapshot.error.empty() ? text : text + "; " + snapshot.error;
}

std::string counts_text(const format::Stats& stats) {
    return "at " + time_text(stats.time_ns) + " produced " + std::to_string(stats.produced) +
           ", recorded " + std::to_string(stats.recorded) + ", lost " +
           std::to_string(records_of(stats.lost));
}

std::string summary(const format::Stats& stats) {
    return "stats: " + counts_text(stats);
}

std::string summary(const format::Clock& clock) {
    return "clock: at " + time_text(clock.boottime_ns) + " it is " + rfc3339(clock.realtime_ns);
}

std::string summary(const format::End& end) {
    return "end: " + end.reason + ", " + counts_text(end.stats);
}

std::string summary(const format::Signature&) {
    return "signature";
}

std::string summary(const format::Damage& damage) {
    return "damage: " + damage.what + " (" + size_text(damage.size) + ")";
}

std::string unread_text(const format::FrameHeader& header) {
    return "type " + std::to_string(header.type) + ", " + size_text(header.stored_size);
}

// What says a frame.
class HexFrameWriter {
  public:
    HexFrameWriter(const format::Frame& frame, Output& output)
        : place_("frame " + std::to_string(frame.header.number) + " at byte " +
                 std::to_string(frame.offset)),
          header_(frame.header),
          output_(output) {}

    Result<void> operator()(const format::RecordBatch& batch) {
        std::string memory;
        for (std::size_t i = 0; i < batch.records.size(); ++i) {
            const format::Record& record = batch.records[i];
            const std::string text =
                std::visit([](const auto& typed) { return summary(typed); }, record);
            const std::string line =
                place_ + ", record " + std::to_string(i) + ": " + std::string(type_name(record)) +
                " at " + time_text(format::time_of(record)) + ": " + printable(text) + '\n' +
                hex_rows(shown_bytes(record, batch.bytes[i].joined(memory)));
            if (auto written = output_.write(line); !written) return written;
        }
        return {};
    }
    Result<void> operator()(const format::UnknownFrame&) {
        return write("unknown: " + unread_text(header_));
    }
    Result<void> operator()(const format::EncryptedFrame&) {
        return write("encrypted: " + unread_text(header_));
    }
    Result<void> operator()(const format::Header& header) { return write_header(header); }
    Result<void> operator()(const format::HeaderCopy& copy) { return write_header(copy.header); }
    template <typename Content>
    Result<void> operator()(const Content& content) {
        return write(summary(content));
    }

  private:
    // By what it is in the file: a reader takes a copy for the Header where that is damaged.
    Result<void> write_header(const format::Header& header) {
        const bool is_copy =
            header_.type == static_cast<std::uint8_t>(format::FrameType::header_copy);
        return write((is_copy ? "header copy: " : "header: ") + identity_text(header));
    }
    Result<void> write(const std::string& text) {
        return output_.write(place_ + ": " + printable(text) + '\n');
    }

    std::string place_;
    const format::FrameHeader& header_;
    Output& output_;
};

}  // namespace

Result<void> dump_hex(const format::Frame& frame, Output& output) {
    return std::visit(HexFrameWriter(frame, output), frame.content);
}

}  // namespace httpprof::replay
