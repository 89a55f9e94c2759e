#include "replay/diff/diff_json.h"

#include <cstddef>
#include <string_view>

#include "replay/emit/json_string.h"

namespace httpprof::replay {
namespace {

// An object whose values are JSON already. The names are plain.
class JsonObject {
  public:
    JsonObject& put(std::string_view name, std::string_view json) {
        text_ += text_.empty() ? "{\"" : ",\"";
        text_.append(name).append("\":").append(json);
        return *this;
    }
    JsonObject& put_text(std::string_view name, std::string_view value) {
        std::string json;
        append_json_string(json, value);
        return put(name, json);
    }
    JsonObject& put_count(std::string_view name, std::size_t count) {
        return put(name, std::to_string(count));
    }

    std::string text() const { return text_ + '}'; }

  private:
    std::string text_;
};

std::string difference_json(const Difference& difference) {
    JsonObject object;
    object.put_text("message", difference.message).put_text("path", difference.path);
    if (difference.a != nullptr) object.put("a", to_json(*difference.a));
    if (difference.b != nullptr) object.put("b", to_json(*difference.b));
    return object.text();
}

std::string_view found(const ExchangePair& pair) {
    if (pair.b == nullptr) return "only_in_a";
    return pair.a == nullptr ? "only_in_b" : "different";
}

std::string exchange_json(const DifferingExchange& differing) {
    const ExchangePair& pair = differing.pair;
    const RecordedExchange& exchange = pair.a != nullptr ? *pair.a : *pair.b;
    JsonObject object;
    object.put_text("found", found(pair));
    object.put_text("comm", exchange.comm);
    object.put_text("side", exchange.is_client ? "client" : "server");
    if (exchange.request) {
        object.put_text("method", exchange.method).put_text("url", exchange.target);
    }
    if (pair.a != nullptr) object.put_text("a", pair.a->name);
    if (pair.b != nullptr) object.put_text("b", pair.b->name);
    std::string differences;
    for (const Difference& difference : differing.differences) {
        differences += differences.empty() ? "[" : ",";
        differences += difference_json(difference);
    }
    if (!differences.empty()) object.put("differences", differences + ']');
    return object.text() + '\n';
}

}  // namespace

std::string diff_json(const Comparison& comparison) {
    std::string text;
    for (const DifferingExchange& differing : comparison.differing)
        text += exchange_json(differing);
    JsonObject summary;
    summary.put_text("found", "summary")
        .put_count("equal", comparison.equal)
        .put_count("different", comparison.different)
        .put_count("only_in_a", comparison.only_in_a)
        .put_count("only_in_b", comparison.only_in_b);
    return text + summary.text() + '\n';
}

}  // namespace httpprof::replay
