#include "replay/protocol/http1_message_head.h"

#include <cstdint>

namespace httpprof::replay {
namespace {

std::string_view without_last_cr(std::string_view bytes) {
    return bytes.ends_with('\r') ? bytes.substr(0, bytes.size() - 1) : bytes;
}

void note_if_found(Message& message, AnomalyKind kind, std::size_t position, std::size_t start) {
    if (position != std::string_view::npos) note(message, kind, start + position);
}

void set_start_line(std::string_view head, std::size_t start, const StartLine& line,
                    Message& message) {
    const auto range = [head](std::string_view text) {
        return Range{static_cast<std::uint32_t>(text.data() - head.data()),
                     static_cast<std::uint32_t>(text.size())};
    };
    message.kind = line.kind;
    message.version = line.version;
    message.status = line.status;
    if (line.kind == Message::Kind::request) {
        message.method = range(line.method);
        message.target = range(line.target);
    } else if (!line.reason.empty()) {
        message.reason = range(line.reason);
    }
    if (start > 0) check_before_start(head.substr(0, start), message);
}

}  // namespace

void fill_message(std::string_view head, std::size_t start, const StartLine& line,
                  const LineIndex& index, Message& message) {
    set_start_line(head, start, line, message);
    check_start_line(head, start, line, message);
    note_if_found(message, AnomalyKind::bare_lf, index.bare_lf, start);
    note_if_found(message, AnomalyKind::control_character, index.control, start);
    parse_fields(head, index, start, 1, 0, message.fields, message);
}

void fill_cut_message(std::string_view head, std::size_t start, const StartLine& line,
                      Message& message) {
    set_start_line(head, start, line, message);
    const auto control = find_control(without_last_cr(head));
    note_if_found(message, AnomalyKind::control_character, control, 0);
}

}  // namespace httpprof::replay
