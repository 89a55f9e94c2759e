#include "replay/emit/csv.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

class Row {
  public:
    explicit Row(const Exchange& of)
        : exchange(of),
          request(of.request ? of.request->message.get() : nullptr),
          response(of.response ? of.response->message.get() : nullptr) {}

    void begin_cell() {
        if (has_cell_) text_ += ',';
        has_cell_ = true;
    }
    void text(std::string_view bytes);
    void number(std::uint64_t value) { text_ += std::to_string(value); }
    std::string take() { return std::move(text_) + "\r\n"; }

    const Exchange& exchange;
    const Message* const request;   // null for none
    const Message* const response;  // likewise

  private:
    std::string text_;
    bool has_cell_ = false;
};

// Control characters are escaped, so that a row is a line to every reader.
void Row::text(std::string_view bytes) {
    const std::string shown = without_controls(as_utf8(bytes));
    if (shown.find_first_of("\",") == shown.npos) {
        text_ += shown;
        return;
    }
    text_ += '"';
    for (const char c : shown)
        text_.append(c == '"' ? 2 : 1, c);
    text_ += '"';
}

void put_field(Row& row, const Message* message, std::string_view name) {
    const Field* field = message == nullptr ? nullptr : message->find(name);
    if (field != nullptr) row.text(message->value(*field));
}

void put_version(Row& row, const Message* message) {
    if (message != nullptr && !message->version.empty()) row.text("HTTP/" + message->version);
}

void put_bytes(Row& row, const Message* message) {
    if (message != nullptr) row.number(message->size);
}

void put_body_size(Row& row, const Message* message) {
    if (message != nullptr) row.number(message->body_size);
}

// Calls use(message) for each message of the exchange.
template <typename Use>
void for_each_message(const Row& row, Use use) {
    if (row.request != nullptr) use(*row.request);
    for (const Event& event : row.exchange.interim)
        use(*event.message);
    if (row.response != nullptr) use(*row.response);
}

void put_missing_bytes(Row& row) {
    std::uint64_t missing = 0;
    for_each_message(row, [&](const Message& message) {
        for (const Gap& gap : message.gaps)
            missing += gap.length;
    });
    row.number(missing);
}

void put_truncated(Row& row) {
    bool truncated = false;
    for_each_message(row, [&](const Message& message) { truncated |= message.truncated; });
    row.text(truncated ? "true" : "false");
}

void put_anomalies(Row& row) {
    std::vector<AnomalyKind> kinds;
    std::string ids;
    for_each_message(row, [&](const Message& message) {
        for (const Anomaly& anomaly : message.anomalies) {
            if (std::ranges::find(kinds, anomaly.kind) != kinds.end()) continue;
            kinds.push_back(anomaly.kind);
            ids.append(ids.empty() ? "" : " ").append(to_string(anomaly.kind));
        }
    });
    row.text(ids);
}

struct Column {
    std::string_view name;
    void (*put)(Row& row);  // nothing for a value that is not known
};

// Others rely on the names and their order: new columns come last.
constexpr Column kColumns[] = {
    {"timestamp", [](Row& row) { row.text(rfc3339(row.exchange.first().realtime_ns)); }},
    {"host",
     [](Row& row) {
         if (const auto& host = row.exchange.first().host) row.text(*host);
     }},
    {"side",
     [](Row& row) {
         row.text(side_of(row.exchange.first()) == Side::client ? "client" : "server");
     }},
    {"pid", [](Row& row) { row.number(row.exchange.first().message->first.pid); }},
    {"comm", [](Row& row) { row.text(row.exchange.first().message->first.comm); }},
    {"cmdline",
     [](Row& row) {
         const auto& arguments = row.exchange.first().process->arguments;
         if (arguments) row.text(command_line(*arguments));
     }},
    {"client_ip", [](Row& row) { row.text(format::address_text(row.exchange.client())); }},
    {"client_port", [](Row& row) { row.number(row.exchange.client().port); }},
    {"server_ip", [](Row& row) { row.text(format::address_text(row.exchange.server())); }},
    {"server_port", [](Row& row) { row.number(row.exchange.server().port); }},
    {"connection", [](Row& row) { row.number(row.exchange.first().connection); }},
    {"request_number",
     [](Row& row) {
         if (const auto& number = row.exchange.first().exchange) row.number(*number);
     }},
    {"method", [](Row& row) { row.text(row.exchange.method()); }},
    {"authority", [](Row& row) { row.text(row.exchange.authority()); }},
    {"url", [](Row& row) { row.text(row.exchange.target()); }},
    {"status_code",
     [](Row& row) {
         if (row.response != nullptr) row.number(static_cast<unsigned>(row.response->status));
     }},
    {"reason",
     [](Row& row) {
         if (row.response != nullptr) row.text(row.response->text(row.response->reason));
     }},
    {"latency_ns",
     [](Row& row) {
         if (row.response == nullptr) return;
         if (const auto& latency_ns = row.exchange.response->latency_ns) row.number(*latency_ns);
     }},
    {"duration_ns", [](Row& row) { row.number(row.exchange.duration_ns()); }},
    {"request_version", [](Row& row) { put_version(row, row.request); }},
    {"response_version", [](Row& row) { put_version(row, row.response); }},
    {"request_bytes", [](Row& row) { put_bytes(row, row.request); }},
    {"response_bytes", [](Row& row) { put_bytes(row, row.response); }},
    {"request_body_size", [](Row& row) { put_body_size(row, row.request); }},
    {"response_body_size", [](Row& row) { put_body_size(row, row.response); }},
    {"request_content_type", [](Row& row) { put_field(row, row.request, "Content-Type"); }},
    {"response_content_type", [](Row& row) { put_field(row, row.response, "Content-Type"); }},
    {"user_agent", [](Row& row) { put_field(row, row.request, "User-Agent"); }},
    {"missing_bytes", put_missing_bytes},
    {"truncated", put_truncated},
    {"anomalies", put_anomalies},
};

std::string header() {
    std::string text;
    for (const Column& column : kColumns)
        text.append(text.empty() ? "" : ",").append(column.name);
    return text + "\r\n";
}

}  // namespace

Result<void> CsvEmitter::add_row(const Exchange& exchange) {
    Row row(exchange);
    for (const Column& column : kColumns) {
        row.begin_cell();
        column.put(row);
    }
    return rows_.add(exchange.first().realtime_ns, row.take());
}

Result<void> CsvEmitter::finish() {
    if (auto ended = exchanges_.finish(); !ended) return ended;
    if (auto written = output_.write(header()); !written) return written;
    const auto written = rows_.give_to([this](std::string_view row) { return output_.write(row); });
    return written ? output_.finish() : written;
}

}  // namespace httpprof::replay
