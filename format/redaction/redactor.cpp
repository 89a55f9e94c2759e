#include "format/redaction/redactor.h"

#include <span>
#include <variant>

#include "format/redaction/process_redactor.h"

namespace httpprof::format {
namespace {

// The bytes of a copied record that a view of the original's payload shows.
std::span<char> same_bytes(std::string& copy, const WireRecord& original, std::string_view part) {
    const bool is_apart = !original.payload.empty();
    const char* const begin = is_apart ? original.payload.data() : original.fixed.data();
    const auto offset = static_cast<std::size_t>(part.data() - begin);
    return std::span(copy).subspan(is_apart ? original.fixed.size() + offset : offset, part.size());
}

}  // namespace

Redactor::Redactor(const AdditionalNames& additional) : names_(additional) {}

std::string_view Redactor::redact(const Record& record, const WireRecord& bytes) {
    if (const auto* close = std::get_if<CloseRecord>(&record)) connections_.close(close->socket.id);
    const auto* data = std::get_if<DataRecord>(&record);
    const auto* process = std::get_if<ProcessRecord>(&record);
    const std::string_view joined = bytes.joined(record_);
    if (data == nullptr && process == nullptr) return joined;
    if (joined.data() != record_.data()) record_ = joined;
    if (data != nullptr) {
        connections_.redact(*data, same_bytes(record_, bytes, data->payload));
    } else {
        redact_arguments(same_bytes(record_, bytes, process->arguments), names_, tally_);
        redact_environment(same_bytes(record_, bytes, process->environment), names_, tally_);
    }
    return record_;
}

void Redactor::redact(Snapshot& snapshot) {
    redact_arguments(snapshot.arguments, names_, tally_);
    redact_environment(snapshot.environment, names_, tally_);
}

void Redactor::redact(Header& header) {
    redact_command_line(header.options, names_, tally_);
    redact_command_line(header.derivation, names_, tally_);
}

}  // namespace httpprof::format
