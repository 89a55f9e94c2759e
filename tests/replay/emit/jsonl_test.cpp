#include "replay/emit/jsonl.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/emit/base64.h"
#include "tests/replay/made_message.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::replay {
namespace {

using Json = nlohmann::ordered_json;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class JsonlTest : public ::testing::Test {
  protected:
    JsonlTest() {
        message_.version = "1.1";
        message_.raw = "GET / HTTP/1.1\r\n\r\n";
        message_.method = {0, 3};
        message_.target = {4, 1};
        message_.size = message_.raw.size();
        message_.first = {1000, 42, 7, "curl"};
        message_.last_time_ns = 1500;
        event_.realtime_ns = 1'712'600'650'123'456'789;
        event_.source = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1}, 54321};
        event_.destination = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 8080};
        event_.connection = 3;
    }

    std::string line() {
        const std::string path = directory_.path() / "events.jsonl";
        auto output = Output::open(path);
        EXPECT_TRUE(output.ok());
        event_.message = std::make_shared<Message>(message_);
        event_.process = std::make_shared<Process>(process_);
        JsonlEmitter emitter(*output);
        std::string rendered;
        emitter.render(event_, rendered);
        EXPECT_TRUE(emitter.rendered(rendered).ok());
        EXPECT_TRUE(emitter.finish().ok());
        std::stringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }
    Json json() { return Json::parse(line()); }

    std::vector<std::string> names() {
        std::vector<std::string> names;
        const Json event = json();
        for (const auto& [name, value] : event.items())
            names.push_back(name);
        return names;
    }

    test::TemporaryDirectory directory_;
    Message message_;
    Process process_;
    Event event_;
};

TEST_F(JsonlTest, NamesOtherProcessesThatHadAPart) {
    message_.others = {{1100, 43, 8, "cgi"}, {1200, 44, 9, ""}};
    EXPECT_EQ(json()["other_processes"].dump(), R"([{"pid":43,"comm":"cgi"},{"pid":44}])");
}

TEST_F(JsonlTest, SmallestRequestHasNothingThatDoesNotApply) {
    EXPECT_EQ(line(), R"({"timestamp":"2024-04-08T18:24:10.123456789Z","pid":42,"comm":"curl",)"
                      R"("direction":"send","source_ip":"127.0.0.1","source_port":54321,)"
                      R"("dest_ip":"::1","dest_port":8080,"connection":3,"bytes":18,)"
                      R"("http_version":"1.1","method":"GET","url":"/","duration_ns":500,)"
                      R"("raw_payload":"GET / HTTP/1.1\r\n\r\n"})"
                      "\n");
}

TEST_F(JsonlTest, FullResponseHasItsFieldsInOrder) {
    message_.kind = Message::Kind::response;
    message_.status = 206;
    message_.reason = test::add_raw(message_, "Partial Content");
    test::add_field(message_, message_.fields, "A", "1");
    test::add_field(message_, message_.trailers, "T", "2");
    test::set_body(message_, "x");
    message_.body_size = 5;
    message_.truncated = true;
    message_.gaps = {{10, 4, format::MissingCause::sendfile}};
    message_.anomalies = {{AnomalyKind::bare_lf, 12}};
    process_.arguments = "curl\0-s\0"s;
    event_.exchange = 1;
    event_.latency_ns = 900;
    event_.host = std::make_shared<std::string>("web1");
    event_.direction = format::Direction::recv;
    EXPECT_THAT(names(),
                ElementsAre("timestamp", "host", "pid", "comm", "cmdline", "direction", "source_ip",
                            "source_port", "dest_ip", "dest_port", "connection", "exchange",
                            "bytes", "http_version", "status_code", "reason", "latency_ns",
                            "duration_ns", "headers", "body", "body_size", "trailers",
                            "raw_payload", "truncated", "gaps", "anomalies"));
    const Json event = json();
    EXPECT_EQ(event["direction"], "recv");
    EXPECT_EQ(event["cmdline"], "curl -s");
    EXPECT_EQ(event["exchange"], "3.1");
    EXPECT_EQ(event["status_code"], 206);
    EXPECT_EQ(event["latency_ns"], 900);
    EXPECT_EQ(event["body_size"], 5);
    EXPECT_EQ(event["truncated"], true);
    EXPECT_EQ(event["gaps"].dump(), R"([{"offset":10,"length":4,"cause":"sendfile"}])");
    const std::string id(to_string(AnomalyKind::bare_lf));
    EXPECT_EQ(event["anomalies"].dump(),
              R"([{"id":")" + id + R"(","severity":"minor","offset":12}])");
}

TEST_F(JsonlTest, RepeatedFieldsAreAnArrayInOrder) {
    using Fields = std::vector<std::pair<const char*, const char*>>;
    for (const auto& [name, value] : Fields{{"Set-Cookie", "a=1"},
                                            {"Server", "s"},
                                            {"set-cookie", "b=2"},
                                            {"SET-COOKIE", "a=1"}}) {
        test::add_field(message_, message_.fields, name, value);
    }
    EXPECT_EQ(json()["headers"].dump(), R"({"Set-Cookie":["a=1","b=2","a=1"],"Server":"s"})");
}

TEST_F(JsonlTest, NamesThatAreTheSameTextAreOne) {
    for (auto* fields : {&message_.fields, &message_.trailers}) {
        test::add_field(message_, *fields, "\xE9", "1");
        test::add_field(message_, *fields, "x\xC3\xBF", "2");
        test::add_field(message_, *fields, "\xC3\xA9", "3");
        test::add_field(message_, *fields, "X\xFF", "4");
    }
    EXPECT_THAT(line(), HasSubstr(R"("headers":{"é":["1","3"],"xÿ":["2","4"]})"));
    EXPECT_THAT(line(), HasSubstr(R"("trailers":{"é":["1","3"],"xÿ":["2","4"]})"));
}

TEST_F(JsonlTest, BytesThatAreNotUtf8AreBase64) {
    message_.raw.clear();
    message_.method = message_.target = {};
    test::set_body(message_, "\xFF\x00"s);
    const Json event = json();
    EXPECT_FALSE(event.contains("body"));
    EXPECT_EQ(event["body_base64"], "/wA=");
    EXPECT_FALSE(event.contains("raw_payload"));
    EXPECT_EQ(event["raw_payload_base64"], "/wA=");
}

TEST_F(JsonlTest, SmallTextsThatAreNotUtf8AreLatin1) {
    message_.target = test::add_raw(message_, "/caf\xE9");
    test::add_field(message_, message_.fields, "X", "\xFC");
    message_.first.comm = "\xE4";
    const Json event = json();
    EXPECT_EQ(event["url"], "/caf\xC3\xA9");
    EXPECT_EQ(event["headers"]["X"], "\xC3\xBC");
    EXPECT_EQ(event["comm"], "\xC3\xA4");
}

TEST_F(JsonlTest, ControlCharactersAndSeparatorsSurvive) {
    test::set_body(message_, "\x01\x7F\"\\\n\xE2\x80\xA8\xEF\xBB\xBF\x00z"s);
    EXPECT_EQ(json()["body"], message_.body());
    const std::string text = line();
    EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST_F(JsonlTest, BodyKnownByLengthOnlyHasASize) {
    message_.body_size = 1000;
    EXPECT_FALSE(json().contains("body"));
    EXPECT_EQ(json()["body_size"], 1000);
}

// The raw payload is put together from the body, where that can be.
TEST_F(JsonlTest, RawPayloadIsRightWithWhateverIsAroundTheBody) {
    const std::string utf8 = "\"caf\xC3\xA9\"\n\x01";
    const std::string latin1 = "caf\xE9";
    for (const std::string& before : {"h: 1\r\n\r\n"s, latin1, utf8}) {
        for (const std::string& body : {"x"s, utf8, latin1}) {
            for (const std::string& behind : {""s, utf8, latin1}) {
                message_.raw.clear();
                message_.method = message_.target = {};
                test::add_raw(message_, before);
                message_.head_size = before.size();
                test::set_body(message_, body);
                test::add_raw(message_, behind);
                const Json event = json();
                const std::string raw = before + body + behind;
                const bool is_text = raw.find('\xE9') == raw.npos;
                EXPECT_EQ(event.contains("raw_payload"), is_text);
                std::string base64;
                append_base64(base64, raw);
                EXPECT_EQ(is_text ? event["raw_payload"] : event["raw_payload_base64"],
                          is_text ? raw : base64);
            }
        }
    }
}

TEST_F(JsonlTest, ManyFieldsTakeNoQuadraticTime) {
    for (int i = 0; i < 100'000; ++i)
        test::add_field(message_, message_.fields, std::to_string(i), "");
    EXPECT_EQ(nlohmann::json::parse(line())["headers"].size(), 100'000u);
}

}  // namespace
}  // namespace httpprof::replay
