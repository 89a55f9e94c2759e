#include "replay/filter/field.h"

#include <algorithm>
#include <array>
#include <utility>

namespace httpprof::replay {
namespace {

using Name = std::pair<std::string_view, std::variant<TextField, NumberField>>;

constexpr auto kNames = std::to_array<Name>({
    {"method", TextField::method},
    {"status", NumberField::status},
    {"host", TextField::host},
    {"path", TextField::path},
    {"query", TextField::query},
    {"url", TextField::url},
    {"version", TextField::version},
    {"body", TextField::body},
    {"body_size", NumberField::body_size},
    {"bytes", NumberField::bytes},
    {"latency", NumberField::latency},
    {"duration", NumberField::duration},
    {"pid", NumberField::pid},
    {"comm", TextField::comm},
    {"cmdline", TextField::cmdline},
    {"side", TextField::side},
    {"direction", TextField::direction},
    {"connection", NumberField::connection},
    {"port", NumberField::port},
    {"source_ip", TextField::source_ip},
    {"source_port", NumberField::source_port},
    {"dest_ip", TextField::dest_ip},
    {"dest_port", NumberField::dest_port},
    {"anomaly", TextField::anomaly},
    {"severity", TextField::severity},
    {"truncated", NumberField::truncated},
});

}  // namespace

std::optional<FilterField> field_named(std::string_view name) {
    const auto* const found = std::ranges::find(kNames, name, &Name::first);
    if (found == kNames.end()) return std::nullopt;
    return std::visit([](auto field) { return FilterField(field); }, found->second);
}

std::string_view possible_values(TextField field) {
    switch (field) {
        case TextField::direction:
            return R"("send" or "recv")";
        case TextField::side:
            return R"("client" or "server")";
        case TextField::severity:
            return R"("severe", "ambiguous", "minor" or "capture")";
        default:
            return {};
    }
}

bool is_compared_as_bytes(const std::variant<TextField, HeaderField>& field) {
    const auto* text = std::get_if<TextField>(&field);
    return text != nullptr && *text == TextField::body;
}

bool can_have(TextField field, std::string_view value) {
    const std::string_view possible = possible_values(field);
    return possible.empty() || possible.find('"' + std::string(value) + '"') != possible.npos;
}

NumberType type_of(NumberField field) {
    switch (field) {
        case NumberField::latency:
        case NumberField::duration:
            return NumberType::duration;
        case NumberField::bytes:
        case NumberField::body_size:
            return NumberType::size;
        case NumberField::truncated:
            return NumberType::boolean;
        default:
            return NumberType::integer;
    }
}

std::string field_names() {
    std::string names;
    for (const auto& [name, field] : kNames)
        names.append(name).append(", ");
    return names + "header[\"Name\"]";
}

}  // namespace httpprof::replay
