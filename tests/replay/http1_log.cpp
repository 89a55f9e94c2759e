#include "tests/replay/http1_log.h"

#include <algorithm>
#include <utility>

namespace httpprof::test {

using replay::AnomalyKind;
using replay::Message;

namespace {

std::string in_quotes(std::string_view bytes) {
    return '"' + escaped(bytes) + '"';
}

std::string start_text(const Message& message) {
    std::string text = "message ";
    const std::string version = message.version.empty() ? "" : message.version + ' ';
    if (message.kind == Message::Kind::request) {
        text += "request " + version + in_quotes(message.text(message.method)) + ' ' +
                in_quotes(message.text(message.target));
    } else {
        text += "response " + version + std::to_string(message.status) + ' ' +
                in_quotes(message.text(message.reason));
    }
    text += " size " + std::to_string(message.size);
    return message.truncated ? text + " truncated" : text;
}

std::string message_text(const Message& message) {
    std::string text = start_text(message);
    for (const auto& field : message.fields) {
        text +=
            "\n  field " + in_quotes(message.name(field)) + ' ' + in_quotes(message.value(field));
    }
    if (message.body_size > 0 || !message.content.empty()) {
        text += "\n  body " + std::to_string(message.body_size) + ' ' + in_quotes(message.body());
    }
    for (const auto& field : message.trailers) {
        text +=
            "\n  trailer " + in_quotes(message.name(field)) + ' ' + in_quotes(message.value(field));
    }
    for (const auto& gap : message.gaps) {
        text += "\n  gap at " + std::to_string(gap.offset) + " of " + std::to_string(gap.length) +
                ' ' + std::string(format::to_string(gap.cause));
    }
    for (const auto& anomaly : message.anomalies) {
        text += "\n  " + std::string(to_string(severity(anomaly.kind))) + ' ' +
                std::string(to_string(anomaly.kind)) + " at " + std::to_string(anomaly.offset);
    }
    return text;
}

bool has(const Message& message, AnomalyKind kind) {
    return std::any_of(message.anomalies.begin(), message.anomalies.end(),
                       [kind](const auto& anomaly) { return anomaly.kind == kind; });
}

std::uint64_t missing(const Message& message) {
    std::uint64_t sum = 0;
    for (const auto& gap : message.gaps)
        sum += gap.length;
    return sum;
}

bool fits(replay::Boundary::Kind end, const Message& message) {
    using Kind = replay::Boundary::Kind;
    if (message.truncated || !message.gaps.empty()) return end == Kind::broken;
    // It may be that none of its lengths and codings is applied, or only by others.
    using enum AnomalyKind;
    for (const AnomalyKind kind : {chunk_bare_lf, content_length_repeated, content_not_sent,
                                   control_character, space_before_colon}) {
        if (has(message, kind)) return end == Kind::broken;
    }
    const bool may_seem_broken = has(message, content_length_differs) ||
                                 has(message, content_length_invalid) ||
                                 has(message, content_length_with_transfer_encoding) ||
                                 has(message, transfer_coding_unknown);
    return end == Kind::whole || (end == Kind::broken && may_seem_broken);
}

}  // namespace

std::string escaped(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        switch (c) {
            case '\r':
                text += "\\r";
                break;
            case '\n':
                text += "\\n";
                break;
            case '\t':
                text += "\\t";
                break;
            case '\\':
                text += "\\\\";
                break;
            case '"':
                text += "\\\"";
                break;
            default:
                if (value >= 0x20 && value < 0x7f) {
                    text += c;
                } else {
                    text += {'\\', 'x', kDigits[value >> 4], kDigits[value & 15]};
                }
        }
    }
    return text;
}

void Http1Log::line(std::string_view text) {
    flush_count();
    lines_ += text;
    lines_ += '\n';
}

// Skipped and opaque bytes may be reported in any number of parts.
void Http1Log::count(std::string_view what, std::uint64_t bytes) {
    if (bytes == 0) error_ = "nothing reported as " + std::string(what);
    if (counted_what_ != what) flush_count();
    counted_what_ = what;
    counted_ += bytes;
    accounts_.push_back({{}, bytes});
}

void Http1Log::flush_count() {
    if (counted_ > 0) lines_ += counted_what_ + ' ' + std::to_string(counted_) + '\n';
    counted_ = 0;
}

void Http1Log::check_protocol(std::string_view call, bool wants_open) {
    if (open_ != wants_open) error_ = std::string(call) + " at the wrong time";
}

// It begins at its start line, before which there may be blank lines and spaces.
void Http1Log::check_boundaries(const Message& message) {
    using replay::Boundary;
    const auto count = boundaries_.size();
    const auto blank = message.raw.find_first_not_of("\r\n\t\v\f ");
    if (count < 2 || boundaries_[count - 2].kind != Boundary::Kind::begin ||
        !fits(boundaries_[count - 1].kind, message) ||
        boundaries_[count - 1].position - boundaries_[count - 2].position != message.size - blank) {
        error_ = "boundaries do not agree with the message";
    }
}

void Http1Log::on_boundary(const replay::Boundary& boundary) {
    boundaries_.push_back(boundary);
}

void Http1Log::on_begin(const replay::Origin&, const replay::StartLine&) {
    check_protocol("on_begin", false);
    open_ = true;
    line("begin");
}

void Http1Log::on_message(std::shared_ptr<Message> given) {
    const Message& message = *given;
    check_protocol("on_message", true);
    open_ = false;
    line(message_text(message));
    check_boundaries(message);
    const bool too_large = has(message, AnomalyKind::too_large);
    if (!too_large) {
        accounts_.push_back({message.raw, 0});
        if (message.raw.size() + missing(message) != message.size) {
            error_ = "size, raw and gaps do not agree";
        }
    } else {
        accounts_.push_back({{}, message.size - missing(message)});
    }
    messages_.push_back(std::move(given));
}

void Http1Log::on_skipped(std::uint64_t offset, std::uint64_t bytes) {
    check_protocol("on_skipped", false);
    count("skipped", bytes);
    accounts_.back().offset = offset;
}

std::string_view Http1Log::method_answered_by(int status) {
    static const std::string unknown;
    if (answers_.empty()) return unknown;
    if (status / 100 == 1 && status != 101) return answers_.front();
    // The view must live until the parser has used it.
    std::rotate(answers_.begin(), answers_.begin() + 1, answers_.end());
    return answers_.back();
}

void Http1Log::on_protocol_change(std::string_view protocol) {
    check_protocol("on_protocol_change", false);
    line("protocol change to " + std::string(protocol));
}

void Http1Log::on_opaque(std::uint64_t bytes) {
    check_protocol("on_opaque", false);
    count("opaque", bytes);
}

std::string Http1Log::text() const {
    if (counted_ == 0) return lines_;
    return lines_ + counted_what_ + ' ' + std::to_string(counted_) + '\n';
}

std::string Http1Log::account_error(std::string_view captured, std::uint64_t missing) const {
    if (!error_.empty()) return error_;
    if (open_) return "a message is still open";
    std::uint64_t position = 0;
    std::uint64_t passed_gaps = 0;
    for (const auto& account : accounts_) {
        if (position > captured.size()) break;
        if (account.offset) {
            const std::uint64_t before = *account.offset - position;
            if (before < passed_gaps || before > missing) {
                return "skipped at " + std::to_string(*account.offset) + " instead of " +
                       std::to_string(position + passed_gaps);
            }
            passed_gaps = before;
        }
        if (!captured.substr(position).starts_with(account.raw)) {
            return "raw differs from the stream at " + std::to_string(position);
        }
        position += account.raw.size() + account.bytes;
    }
    if (position == captured.size()) return {};
    return std::to_string(position) + " bytes reported of " + std::to_string(captured.size());
}

}  // namespace httpprof::test
