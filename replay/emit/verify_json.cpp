#include "replay/emit/verify_json.h"

#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

#include "format/digest.h"
#include "format/preamble.h"
#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;

const char* state_name(format::SignatureState state) {
    switch (state) {
        case format::SignatureState::none:
            return "none";
        case format::SignatureState::unknown_key:
            return "unknown-key";
        case format::SignatureState::known_key:
            return "known-key";
        case format::SignatureState::wrong:
            return "wrong";
    }
    return "";
}

Json problems(const format::Verdict& verdict) {
    Json list = Json::array();
    for (const format::Problem& problem : verdict.problems)
        list.push_back({{"frame", problem.frame},
                        {"offset", problem.offset},
                        {"what", as_utf8(problem.what)}});
    return list;
}

Json notes(const format::Verdict& verdict) {
    Json list = Json::array();
    for (const std::string& note : verdict.notes)
        list.push_back(as_utf8(note));
    return list;
}

}  // namespace

std::string verify_json(const format::Verdict& verdict) {
    const auto& link = verdict.link;
    Json object = Json::object();
    object["file"] = as_utf8(verdict.path);
    object["intact"] = verdict.problem_count == 0 && !verdict.error;
    object["error"] = verdict.error ? Json(as_utf8(verdict.error->message)) : Json();
    object["problem_count"] = verdict.problem_count;
    object["problems"] = problems(verdict);
    object["notes"] = notes(verdict);
    object["format_version"] = verdict.minor_version
                                   ? Json(std::to_string(format::kMajorVersion) + "." +
                                          std::to_string(*verdict.minor_version))
                                   : Json();
    object["capture_id"] = link ? Json(hex(link->capture_id)) : Json();
    object["segment"] = link ? Json(link->segment) : Json();
    object["frames"] = verdict.frames;
    object["records"] = verdict.records;
    object["last_digest"] =
        verdict.last_digest ? Json(format::to_hex(*verdict.last_digest)) : Json();
    object["needs_key"] = verdict.contents_hidden;
    object["signature"] = state_name(verdict.signature);
    object["signed_by"] = verdict.signer.empty() ? Json() : Json(hex(verdict.signer));
    return object.dump() + '\n';
}

}  // namespace httpprof::replay
