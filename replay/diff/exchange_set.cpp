#include "replay/diff/exchange_set.h"

#include <utility>

#include "format/characters.h"

namespace httpprof::replay {
namespace {

using Kind = JsonTree::Kind;

// What differs from run to run, or is said by other fields too.
constexpr std::string_view kNotCompared[] = {
    "timestamp",
    "host",
    "pid",
    "ns_pid",
    "comm",
    "cmdline",
    "side",
    "direction",
    "source_ip",
    "source_port",
    "dest_ip",
    "dest_port",
    "connection",
    "exchange",
    "bytes",
    "latency_ns",
    "duration_ns",
    "raw_payload",
    "method",
    "url",
    "raw_payload_base64",
    "other_processes",
};

// Its place in a vector that doubles, and in a map.
constexpr std::size_t kAroundExchange = 2 * sizeof(RecordedExchange) + 128;

Error no_event(const std::string& why) {
    return {"no event of httpprof analyze: " + why};
}

// With names in lower case. Where that makes two the same, their values follow each other.
JsonTree lower_names(JsonTree fields, const std::set<std::string>& ignored) {
    std::map<std::string, std::vector<JsonTree>> values;
    for (std::size_t i = 0; i < fields.names.size(); ++i) {
        const std::string name = format::lower_case(fields.names[i]);
        JsonTree& value = fields.elements[i];
        if (ignored.contains(name)) continue;
        std::vector<JsonTree>& known = values[name];
        if (value.kind != Kind::array) {
            known.push_back(std::move(value));
            continue;
        }
        for (JsonTree& element : value.elements)
            known.push_back(std::move(element));
    }
    JsonTree lower{Kind::object, {}, {}, {}};
    for (auto& [name, list] : values) {
        lower.names.push_back(name);
        lower.elements.push_back(list.size() == 1 ? std::move(list.front())
                                                  : JsonTree{Kind::array, {}, {}, std::move(list)});
    }
    return lower;
}

// Puts `element` in place of the one of this name.
void replace(JsonTree& object, const std::string& name, JsonTree element) {
    object.erase(name);
    object.insert(name, std::move(element));
}

void reduce_fields(JsonTree& event, const std::string& name, const std::set<std::string>& ignored) {
    const JsonTree* fields = event.find(name);
    if (fields == nullptr || fields->kind != Kind::object) return;
    JsonTree lower = lower_names(*fields, ignored);
    event.erase(name);
    if (!lower.names.empty()) event.insert(name, std::move(lower));
}

// Some parsers refuse JSON behind a byte order mark, which is not to be there (RFC 8259, 8.1).
std::optional<JsonTree> body_structure(std::string_view body) {
    if (body.starts_with("\xEF\xBB\xBF")) return std::nullopt;
    auto structure = parse_json(body);
    if (structure && !structure->is_container()) return std::nullopt;
    return structure;
}

// Bytes of the body that are in the event.
std::size_t shown_size(const JsonTree& event) {
    if (const auto body = event.scalar_of("body", Kind::text)) return body->size();
    const auto base64 = event.scalar_of("body_base64", Kind::text).value_or("");
    const std::size_t padding = base64.size() - base64.find_last_not_of('=') - 1;
    return base64.size() / 4 * 3 - (base64.empty() ? 0 : padding);
}

// Where --max-body cut it; `shortened` may also mean the raw payload alone.
bool has_cut_body(const JsonTree& event) {
    if (event.find("shortened") == nullptr) return false;
    auto size = event.scalar_of("decoded_size", Kind::number);
    if (!size) size = event.scalar_of("body_size", Kind::number);
    const std::size_t shown = shown_size(event);
    return size ? *size != std::to_string(shown) : shown > 0;
}

// What a body is, and its size, is said once.
void reduce_body(JsonTree& event) {
    if (has_cut_body(event)) {
        if (event.find("decoded_size") != nullptr) event.erase("body_size");
        return;
    }
    const auto body = event.scalar_of("body", Kind::text);
    if ((body || event.find("body_base64") != nullptr) && event.find("gaps") == nullptr) {
        event.erase("body_size");
        event.erase("decoded_size");
    }
    auto structure = body ? body_structure(*body) : std::nullopt;
    if (!structure) return;
    replace(event, "body", std::move(*structure));
    const JsonTree* headers = event.find("headers");
    if (headers == nullptr) return;
    JsonTree without_length = *headers;
    without_length.erase("content-length");
    event.erase("headers");
    if (!without_length.names.empty()) event.insert("headers", std::move(without_length));
}

// Offsets move with the header fields that are not compared.
void drop_offsets(JsonTree& event, const std::string& name) {
    const JsonTree* list = event.find(name);
    if (list == nullptr || list->kind != Kind::array) return;
    JsonTree reduced = *list;
    for (JsonTree& element : reduced.elements)
        element.erase("offset");
    replace(event, name, std::move(reduced));
}

JsonTree reduced(JsonTree event, const std::set<std::string>& ignored_headers) {
    for (const std::string_view name : kNotCompared)
        event.erase(name);
    reduce_fields(event, "headers", ignored_headers);
    reduce_fields(event, "trailers", ignored_headers);
    reduce_body(event);
    drop_offsets(event, "gaps");
    drop_offsets(event, "anomalies");
    return event;
}

std::string without_digits(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c < '0' || c > '9') result += c;
    }
    return result;
}

}  // namespace

std::tuple<std::string, bool, std::string_view, std::string_view> RecordedExchange::key() const {
    return {without_digits(comm), is_client, method, target};
}

ExchangeSet::ExchangeSet(const std::vector<std::string>& ignored_headers, std::size_t limit)
    : limit_(limit) {
    ignored_headers_.insert("date");
    for (const std::string& name : ignored_headers)
        ignored_headers_.insert(format::lower_case(name));
}

Result<void> ExchangeSet::add_event(std::string_view line) {
    auto event = parse_json(line);
    if (!event) return no_event("not a line of JSON");
    if (event->kind != Kind::object) return no_event("not a JSON object");
    const auto direction = event->scalar_of("direction", Kind::text);
    if (direction != "send" && direction != "recv") {
        return no_event("its direction is neither send nor recv");
    }
    const bool is_response = event->find("status_code") != nullptr;
    RecordedExchange& exchange = exchange_of(*event);
    exchange.is_client = is_response == (direction == "recv");
    if (is_response) {
        auto response = kept(std::move(*event));
        if (!response) return response.error();
        exchange.responses.push_back(*std::move(response));
        return {};
    }
    if (exchange.request) return no_event("a second request of exchange " + exchange.name);
    exchange.comm = event->scalar_of("comm", Kind::text).value_or("");
    exchange.method = event->scalar_of("method", Kind::text).value_or("");
    exchange.target = event->scalar_of("url", Kind::text).value_or("");
    auto request = kept(std::move(*event));
    if (!request) return request.error();
    exchange.request = *std::move(request);
    return {};
}

Result<JsonTree> ExchangeSet::kept(JsonTree event) {
    has_cut_bodies_ = has_cut_bodies_ || has_cut_body(event);
    JsonTree tree = reduced(std::move(event), ignored_headers_);
    used_ += tree.memory();
    if (used_ <= limit_) return tree;
    return Error{"what is to be compared takes more than " + std::to_string(limit_ >> 20U) +
                 " MiB of memory; compare a slice of it, or events with analyze --max-body"};
}

RecordedExchange& ExchangeSet::exchange_of(const JsonTree& event) {
    const auto name = event.scalar_of("exchange", Kind::text);
    if (name) {
        const auto [place, is_new] = numbers_.emplace(*name, exchanges_.size());
        if (!is_new) return exchanges_[place->second];
    }
    used_ += kAroundExchange;
    RecordedExchange& exchange = exchanges_.emplace_back();
    exchange.comm = event.scalar_of("comm", Kind::text).value_or("");
    exchange.connection = event.scalar_of("connection", Kind::number).value_or("");
    exchange.name = name.value_or(exchange.connection);
    return exchange;
}

}  // namespace httpprof::replay
