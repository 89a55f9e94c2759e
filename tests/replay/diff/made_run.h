// Builds the events of a run, as analyze would write them.
#pragma once

#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/diff/exchange_set.h"

namespace httpprof::replay {

class MadeRun {
  public:
    using Json = nlohmann::json;

    explicit MadeRun(const std::vector<std::string>& ignored_headers = {})
        : set_(ignored_headers) {}

    // What is in `fields` comes in place of what is usual.
    MadeRun& request(int connection, int number, Json fields = Json::object()) {
        Json event = place(connection, number, "send");
        event["method"] = "GET";
        event["url"] = "/";
        event["headers"] = {{"Host", "shop"}};
        return add(event, fields);
    }
    MadeRun& response(int connection, int number, Json fields = Json::object()) {
        Json event = place(connection, number, "recv");
        event["status_code"] = 200;
        event["reason"] = "OK";
        return add(event, fields);
    }
    // A GET of / and its answer with this body.
    MadeRun& exchange(int connection, int number, const std::string& body = "A") {
        request(connection, number);
        return response(connection, number, {{"body", body}});
    }

    const ExchangeSet& set() const { return set_; }

  private:
    static Json place(int connection, int number, const char* direction) {
        return {{"timestamp", "2026-11-22T10:00:00.000000001Z"},
                {"pid", 100 + connection},
                {"comm", "curl"},
                {"direction", direction},
                {"source_ip", "127.0.0.1"},
                {"source_port", 40000 + connection},
                {"connection", connection},
                {"exchange", std::to_string(connection) + "." + std::to_string(number)}};
    }

    MadeRun& add(Json event, const Json& fields) {
        event.update(fields);
        for (const auto& [name, value] : fields.items()) {
            if (value.is_null()) event.erase(name);
        }
        const auto added = set_.add_event(event.dump());
        EXPECT_TRUE(added.ok()) << event.dump();
        return *this;
    }

    ExchangeSet set_;
};

}  // namespace httpprof::replay
