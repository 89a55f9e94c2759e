#include "format/edit/redactor.h"

#include <span>
#include <variant>

#include "format/edit/process_redactor.h"

namespace httpprof::format {
namespace {

// The bytes of a copied record that a view of the original shows.
std::span<char> same_bytes(std::string& copy, std::string_view original, std::string_view part) {
    const auto offset = static_cast<std::size_t>(part.data() - original.data());
    return std::span(copy).subspan(offset, part.size());
}

}  // namespace

Redactor::Redactor(const AdditionalNames& additional) : names_(additional) {}

std::string_view Redactor::redact(const Record& record, std::string_view bytes) {
    if (const auto* close = std::get_if<CloseRecord>(&record)) connections_.close(close->socket.id);
    const auto* data = std::get_if<DataRecord>(&record);
    const auto* process = std::get_if<ProcessRecord>(&record);
    if (data == nullptr && process == nullptr) return bytes;
    record_ = bytes;
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
