#include "replay/emit/otlp/partial_success.h"

#include <charconv>

#include <nlohmann/json.hpp>

namespace httpprof::replay {
namespace {

// 64 bits are a string in ProtoJSON; a number is to be understood too.
std::uint64_t count_of(const nlohmann::json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    std::uint64_t count = 0;
    if (const auto* digits = value.get_ptr<const std::string*>()) {
        std::from_chars(digits->data(), digits->data() + digits->size(), count);
    }
    return count;
}

}  // namespace

PartialSuccess partial_success_in(std::string_view response) {
    PartialSuccess result;
    const auto json = nlohmann::json::parse(response, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("partialSuccess")) return result;
    const nlohmann::json& partial = json["partialSuccess"];
    if (!partial.is_object()) return result;
    if (partial.contains("rejectedSpans")) {
        result.rejected_spans = count_of(partial["rejectedSpans"]);
    }
    if (partial.contains("errorMessage") && partial["errorMessage"].is_string()) {
        result.message = partial["errorMessage"].get<std::string>();
    }
    return result;
}

}  // namespace httpprof::replay
