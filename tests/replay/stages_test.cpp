#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "replay/decode_stage.h"
#include "replay/filter_stage.h"
#include "replay/protocol/http1.h"
#include "replay/redact_stage.h"
#include "tests/replay/http1_log.h"
#include "tests/replay/http_text.h"

namespace httpprof::replay {
namespace {

using namespace std::string_literals;
using test::answer;
using ::testing::HasSubstr;
using ::testing::Not;

// "hello" by gzip -n.
const std::string kHello =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00"s;

Event event_of(const std::string& bytes, std::uint64_t gap = 0) {
    test::Http1Log log({"GET"});
    Http1Parser parser(log);
    parser.feed(bytes, {1, 42, 1, "curl"});
    if (gap > 0) parser.skip(gap, format::MissingCause::lost, {});
    parser.finish(true);
    EXPECT_EQ(log.messages().size(), 1u);
    Event event;
    event.message = log.messages().at(0);
    event.process = std::make_shared<const Process>();
    return event;
}

std::vector<AnomalyKind> kinds(const Event& event) {
    std::vector<AnomalyKind> kinds;
    for (const Anomaly& anomaly : event.message->anomalies)
        kinds.push_back(anomaly.kind);
    return kinds;
}

Event decoded(Event event, const DecodingLimits& limits = {}) {
    const auto kept = DecodeStage(limits).apply(event);
    EXPECT_TRUE(kept.ok() && *kept);
    return event;
}

TEST(DecodeStageTest, UndoesTheCodingOfABody) {
    const Event event = decoded(event_of(answer(kHello, "content-encoding: GZIP\r\n")));
    EXPECT_EQ(event.message->decoded, "hello");
    EXPECT_THAT(kinds(event), testing::IsEmpty());
}

TEST(DecodeStageTest, LeavesABodyWithoutCoding) {
    EXPECT_FALSE(decoded(event_of(answer("hello"))).message->decoded);
}

TEST(DecodeStageTest, NotesWhatIsNotInThatCoding) {
    const Event event = decoded(event_of(answer("hello", "Content-Encoding: gzip\r\n")));
    EXPECT_FALSE(event.message->decoded);
    EXPECT_THAT(kinds(event), testing::ElementsAre(AnomalyKind::body_not_decodable));
}

TEST(DecodeStageTest, LeavesADamagedBodyAsItWasSent) {
    std::string wrong_checksum = kHello;
    wrong_checksum[kHello.size() - 8] ^= 1;
    for (const std::string& body : {wrong_checksum, kHello.substr(0, kHello.size() - 5)}) {
        const Event event = decoded(event_of(answer(body, "Content-Encoding: gzip\r\n")));
        EXPECT_FALSE(event.message->decoded);
        EXPECT_THAT(kinds(event), testing::ElementsAre(AnomalyKind::body_not_decodable));
    }
}

TEST(DecodeStageTest, NotesDataBehindTheEnd) {
    const std::string whole = answer(kHello + "xy", "Content-Encoding: gzip\r\n");
    const Event event = decoded(event_of(whole));
    EXPECT_EQ(event.message->decoded, "hello");
    ASSERT_THAT(kinds(event), testing::ElementsAre(AnomalyKind::data_after_coded_body));
    EXPECT_EQ(event.message->anomalies[0].offset, whole.size() - 2);
}

TEST(DecodeStageTest, NotesWhereDataBehindTheEndIsInChunks) {
    const std::string before =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" +
        kHello.substr(0, 15) + "\r\nb\r\n" + kHello.substr(15);
    const Event event = decoded(event_of(before + "x\r\n0\r\n\r\n"));
    EXPECT_EQ(event.message->decoded, "hello");
    ASSERT_THAT(kinds(event), testing::ElementsAre(AnomalyKind::data_after_coded_body));
    EXPECT_EQ(event.message->anomalies[0].offset, before.size());
}

std::string partial_answer(const std::string& fields, const std::string& body,
                           const std::string& status = "206 Partial Content") {
    return "HTTP/1.1 " + status + "\r\n" + fields +
           "Content-Encoding: gzip\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

TEST(DecodeStageTest, LeavesAPartOfACodedRepresentation) {
    for (const char* field :
         {"Content-Range: bytes 15-24/25\r\n", "Content-Range: bytes 0-9/25\r\n",
          "Content-Range: bytes 0-9/*\r\n", "Content-Range: lines 0-24/25\r\n",
          "Content-Range: bytes 0-24/25 x\r\n", "Content-Range:\r\n",
          "Content-Type: Multipart/byteranges; boundary=x\r\n"}) {
        const Event event = decoded(event_of(partial_answer(field, kHello)));
        EXPECT_FALSE(event.message->decoded) << field;
        EXPECT_THAT(kinds(event), testing::IsEmpty()) << field;
    }
    const Event event = decoded(event_of(
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Range: bytes 9-13/14\r\nContent-Encoding: br\r\n"
        "Content-Length: 5\r\n\r\nabcde"));
    EXPECT_FALSE(event.message->decoded);
    EXPECT_THAT(kinds(event), testing::IsEmpty());
}

TEST(DecodeStageTest, DecodesARangeThatIsTheWhole) {
    const Event whole =
        decoded(event_of(partial_answer("Content-Range: bytes 0-24/25\r\n", kHello)));
    EXPECT_EQ(whole.message->decoded, "hello");
    const Event refused = decoded(event_of(
        partial_answer("Content-Range: bytes */9\r\n", kHello, "416 Range Not Satisfiable")));
    EXPECT_EQ(refused.message->decoded, "hello");
}

TEST(DecodeStageTest, UndoesTheTransferCodingOfAPart) {
    const Event event =
        decoded(event_of("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 9-13/14\r\n"
                         "Content-Encoding: br\r\nTransfer-Encoding: gzip\r\n\r\n" +
                         kHello));
    EXPECT_EQ(event.message->decoded, "hello");
    EXPECT_THAT(kinds(event), testing::IsEmpty());
}

TEST(DecodeStageTest, NotesTheLimit) {
    const Event event =
        decoded(event_of(answer(kHello, "Content-Encoding: gzip\r\n")), {.output_size = 2});
    EXPECT_THAT(kinds(event), testing::ElementsAre(AnomalyKind::decompression_limit_reached));
}

TEST(DecodeStageTest, DecodesWhatBecomesLargeInItsTurn) {
    std::string text;
    for (int i = 0; text.size() <= DecodeStage::kMostOutOfTurn; ++i)
        text += std::to_string(i);
    std::string coded(compressBound(text.size()), '\0');
    uLongf coded_size = coded.size();
    ASSERT_EQ(compress(reinterpret_cast<Bytef*>(coded.data()), &coded_size,
                       reinterpret_cast<const Bytef*>(text.data()), text.size()),
              Z_OK);
    coded.resize(coded_size);
    Event event = event_of(answer(coded, "Content-Encoding: deflate\r\n"));
    ASSERT_TRUE(DecodeStage().apply(event).ok());
    EXPECT_EQ(event.turn, Turn::asked);
    EXPECT_FALSE(event.message->decoded);
    event.turn = Turn::come;
    event = decoded(std::move(event));
    EXPECT_EQ(event.message->decoded, text);
}

TEST(DecodeStageTest, DecodesUpToAGap) {
    const std::string whole = answer(kHello, "Content-Encoding: gzip\r\n");
    const Event event = decoded(event_of(whole.substr(0, whole.size() - 8), 8));
    EXPECT_EQ(event.message->decoded, "hello");
    EXPECT_THAT(kinds(event), testing::ElementsAre(AnomalyKind::gap_in_body));
}

bool passes(const std::string& text, Event event) {
    auto filter = Filter::parse(text);
    EXPECT_TRUE(std::holds_alternative<Filter>(filter)) << text;
    const auto kept = FilterStage(std::get<Filter>(std::move(filter))).apply(event);
    EXPECT_TRUE(kept.ok());
    return *kept;
}

Event request_event() {
    Event event = event_of(
        "POST /api/orders?id=7 HTTP/1.1\r\nHost: Shop.example:80\r\nContent-Length: "
        "5\r\n\r\nhello");
    event.direction = format::Direction::send;
    event.response = ResponseHead{503, 250'000'000};
    event.source.port = 40000;
    event.destination.port = 8080;
    event.connection = 3;
    return event;
}

TEST(FilterStageTest, AsksARequestAndItsAnswer) {
    for (const char* text :
         {"method == \"POST\" && status >= 500", "path startsWith \"/api\"", "query == \"id=7\"",
          "host == \"shop.example\"", "latency > 200ms", "pid in (1, 42)", "port == 8080",
          "body contains \"ell\"", "side == \"client\"", "comm == \"curl\"", "bytes > 5",
          "header(\"content-length\") == \"5\"", "connection == 3", "!truncated"}) {
        EXPECT_TRUE(passes(text, request_event())) << text;
    }
    for (const char* text : {"status == 200", "latency < 200ms", "anomaly == \"truncated\""}) {
        EXPECT_FALSE(passes(text, request_event())) << text;
    }
}

TEST(FilterStageTest, AsksAResponseAndItsRequest) {
    Event event = event_of(answer("x"));
    event.direction = format::Direction::recv;
    event.request = std::make_shared<const RequestHead>(RequestHead{"GET", "/a?", "h", 1});
    event.latency_ns = 1000;
    for (const char* text :
         {"method == \"GET\"", "query == \"\"", "path == \"/a\"", "host == \"h\"", "status == 200",
          "latency == 1us", "side == \"client\""}) {
        EXPECT_TRUE(passes(text, event)) << text;
    }
}

TEST(FilterStageTest, AMessageWithoutABodyHasNoSizeOfOne) {
    const Event event = event_of("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    for (const char* text : {"body_size", "body_size < 10", "body_size != 5", "body_size == 0"})
        EXPECT_FALSE(passes(text, event)) << text;
    EXPECT_TRUE(passes("body_size == 5", request_event()));
}

TEST(FilterStageTest, AsksAnInterimResponseAndTheFinalOne) {
    Event event = event_of("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_TRUE(passes("status == 100", event));
    event.latency_ns = 1000;
    event.response = ResponseHead{200, 5000};
    EXPECT_TRUE(passes("status == 200 && latency == 5us", event));
    EXPECT_FALSE(passes("status == 100", event));
}

TEST(SideStageTest, KeepsOneSide) {
    Event sent = request_event();
    Event received = request_event();
    received.direction = format::Direction::recv;
    EXPECT_TRUE(*SideStage(Side::client).apply(sent));
    EXPECT_FALSE(*SideStage(Side::client).apply(received));
    EXPECT_TRUE(*SideStage(Side::server).apply(received));
}

TEST(RedactStageTest, OverwritesSecretsWhereverTheyAreShown) {
    Event event = event_of(
        "GET /a?token=s3cret HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer\r\n s3cret-too\r\n\r\n");
    Process process;
    process.arguments = "curl\0--password\0s3cret\0"s;
    process.environment = "A=1\0DB_PASSWORD=s3cret\0"s;
    event.process = std::make_shared<const Process>(process);
    event.message->decoded = "{\"password\":\"s3cret\"}";
    event.request =
        std::make_shared<const RequestHead>(RequestHead{"GET", "/b?api_key=s3cret&x=1", "h", 1});
    const RedactStage stage;
    ASSERT_TRUE(stage.apply(event).ok());
    EXPECT_EQ(event.request->target, "/b?api_key=XXXXXX&x=1");
    const Message& message = *event.message;
    EXPECT_THAT(message.raw, Not(HasSubstr("s3cret")));
    EXPECT_THAT(message.raw, HasSubstr("GET /a?token=XXXXXX HTTP/1.1\r\n"));
    EXPECT_THAT(std::string(message.value(*message.find("authorization"))),
                Not(HasSubstr("s3cret")));
    EXPECT_EQ(*message.decoded, "{\"password\":\"XXXXXX\"}");
    EXPECT_EQ(*event.process->arguments, "curl\0--password\0XXXXXX\0"s);
    EXPECT_EQ(*stage.show(std::make_shared<const Process>(process))->environment,
              "A=1\0DB_PASSWORD=XXXXXX\0"s);
}

TEST(RedactStageTest, RedactsAProcessOnceForAllItsEvents) {
    Process process;
    process.environment = "DB_PASSWORD=s3cret\0"s;
    const auto of_both = std::make_shared<const Process>(process);
    const RedactStage stage;
    std::vector<Event> events;
    for (int i = 0; i < 2; ++i) {
        events.push_back(event_of("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        events.back().process = of_both;
        ASSERT_TRUE(stage.apply(events.back()).ok());
    }
    EXPECT_EQ(*events[0].process->environment, "DB_PASSWORD=XXXXXX\0"s);
    EXPECT_EQ(events[0].process, events[1].process);
}

TEST(RedactStageTest, RedactsMoreProcessesThanItKeeps) {
    const RedactStage stage;
    Process process;
    for (int i = 0; i < 40; ++i) {
        process.environment = "A="s + std::string(1024 * 1024, 'a') + "\0DB_PASSWORD=s3cret\0"s;
        const auto shown = stage.show(std::make_shared<const Process>(process));
        EXPECT_TRUE(shown->environment->ends_with("\0DB_PASSWORD=XXXXXX\0"s));
    }
}

TEST(RedactStageTest, OverwritesPasswordsInWhatARequestIsFor) {
    Event event = event_of("CONNECT u:s3cret@h:1 HTTP/1.1\r\nHost: u:s3cret@h:1\r\n\r\n");
    event.request = std::make_shared<const RequestHead>(
        RequestHead{"CONNECT", "u:s3cret@h:1", "u:s3cret@h:1", 1});
    ASSERT_TRUE(RedactStage().apply(event).ok());
    EXPECT_EQ(event.request->target, "u:XXXXXX@h:1");
    EXPECT_EQ(event.request->host, "u:XXXXXX@h:1");
    EXPECT_THAT(event.message->raw, Not(HasSubstr("s3cret")));
}

TEST(RedactStageTest, ReadsTargetsToTheirEnd) {
    Event event = event_of("GET /?token=a<s3cret HTTP/1.1\r\nHost: h\r\n\r\n");
    event.request =
        std::make_shared<const RequestHead>(RequestHead{"BREW", "/?token=a\"s3cret", "h", 1});
    ASSERT_TRUE(RedactStage().apply(event).ok());
    EXPECT_EQ(event.request->target, "/?token=XXXXXXXX");
    EXPECT_THAT(event.message->raw, HasSubstr("GET /?token=XXXXXXXX HTTP/1.1\r\n"));
}

TEST(RedactStageTest, ReadsTargetsBehindEmptyLines) {
    Event event = event_of("\r\n\r\nGET /?token=a\"s3cret HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(RedactStage().apply(event).ok());
    EXPECT_THAT(event.message->raw, HasSubstr("GET /?token=XXXXXXXX HTTP/1.1\r\n"));
}

// Behind decoding.
Event shown(Event event) {
    event = decoded(std::move(event));
    EXPECT_TRUE(RedactStage().apply(event).ok());
    return event;
}

// `{"password":"s3cret"}` by gzip -n.
const std::string kSecret =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\x2a\x48\x2c\x2e\x2e\xcf\x2f\x4a"
    "\x51\xb2\x52\x2a\x36\x4e\x2e\x4a\x2d\x51\xaa\x05\x00\x2f\xca\x2e\x8d\x15\x00\x00\x00"s;

std::string filled(std::size_t size) {
    return std::string(size, 'X');
}

TEST(RedactStageTest, ShowsNoCodedBytesOfASecret) {
    const Event event = shown(event_of(answer(kSecret, "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(*event.message->decoded, "{\"password\":\"XXXXXX\"}");
    EXPECT_EQ(event.message->body(), filled(kSecret.size()));
    EXPECT_EQ(event.message->raw, answer(filled(kSecret.size()), "Content-Encoding: gzip\r\n"));
}

// `code=hunter2&password=hun ter2&grant_type=x` by gzip. Names such as "code" are secret in a form.
TEST(RedactStageTest, ReadsACodedFormAsOne) {
    const std::string form =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\xce\x4f\x49\xb5\xcd\x28\xcd\x2b\x49"
        "\x2d\x32\x52\x2b\x48\x2c\x2e\x2e\xcf\x2f\x4a\x01\x09\x28\x80\x45\xd2\x8b\x12\xf3"
        "\x4a\xe2\x4b\x2a\x0b\x52\x6d\x2b\x00\xbe\x1d\x3c\x3a\x2b\x00\x00\x00"s;
    const std::string type = "Content-Type: Application/X-WWW-Form-Urlencoded;charset=utf-8\r\n";
    const Event event = shown(event_of(answer(form, type + "Content-Encoding: gzip\r\n")));
    EXPECT_EQ(event.message->decoded, "code=XXXXXXX&password=XXXXXXXX&grant_type=x");
    EXPECT_EQ(event.message->body(), filled(form.size()));
    const std::string plain = "code=hunter2&a=b";
    EXPECT_EQ(shown(event_of(answer(plain, type))).message->body(), "code=XXXXXXX&a=b");
}

TEST(RedactStageTest, LeavesCodedBytesWithoutASecret) {
    const std::string bytes = answer(kHello, "Content-Encoding: gzip\r\n");
    EXPECT_EQ(shown(event_of(bytes)).message->raw, bytes);
    const std::string identity = "Content-Encoding: identity\r\n";
    EXPECT_EQ(shown(event_of(answer("a=b&pin=12", identity))).message->raw,
              answer("a=b&pin=XX", identity));
}

TEST(RedactStageTest, ShowsNoCodedBytesThatCannotBeDecoded) {
    const std::string gzip = "Content-Encoding: gzip\r\n";
    for (const std::string& fields : {gzip, "Content-Encoding: unknown\r\n"s}) {
        const Event event = shown(event_of(answer("damaged", fields)));
        EXPECT_EQ(event.message->raw, answer("XXXXXXX", fields));
    }
    EXPECT_EQ(shown(event_of(answer(kHello + "more", gzip))).message->body(),
              filled(kHello.size() + 4));
    const std::string whole = answer(kHello, gzip);
    const Event cut = shown(event_of(whole.substr(0, whole.size() - 8), 8));
    EXPECT_EQ(cut.message->decoded, "hello");
    EXPECT_EQ(cut.message->body(), filled(kHello.size() - 8));
}

TEST(RedactStageTest, ShowsNoCodedBytesBehindBrokenFraming) {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Event event = shown(event_of(head + "3\r\n" + kHello.substr(0, 3) + "\r\nab\xFF\r\n"));
    EXPECT_THAT(event.message->raw, testing::StartsWith(head + "3\r\nXXX"));
    EXPECT_THAT(event.message->raw, Not(HasSubstr("ab")));
}

TEST(RedactStageTest, ShowsNoPartOfWhatIsCoded) {
    const std::string part = "Content-Range: bytes 0-9/25\r\n";
    EXPECT_EQ(shown(event_of(partial_answer(part, kHello))).message->body(), filled(kHello.size()));
    const Event event =
        shown(event_of("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 9-13/14\r\n"
                       "Content-Encoding: br\r\nTransfer-Encoding: gzip\r\n\r\n" +
                       kHello));
    EXPECT_EQ(event.message->decoded, "XXXXX");
}

TEST(RedactStageTest, ReadsChunksAsOne) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Event event = shown(
        event_of(head + "c;x\r\n{\"a\":0,\"pass\r\n16\nword\":\"abc\",\"d\":\"efg\"}\n0\n\n"));
    EXPECT_EQ(event.message->body(), "{\"a\":0,\"password\":\"XXX\",\"d\":\"efg\"}");
}

TEST(RedactStageTest, KnowsWhereBytesAreMissing) {
    const std::string bytes =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9 \r\npass";
    Event event = decoded([&] {
        test::Http1Log log({"GET"});
        Http1Parser parser(log);
        parser.feed(bytes, {1, 42, 1, "curl"});
        parser.skip(5, format::MissingCause::lost, {});
        parser.feed("\r\n6 \r\n&token\r\n4 \r\n=abc\r\n0\r\n\r\n", {1, 42, 1, "curl"});
        parser.finish(true);
        Event made;
        made.message = log.messages().at(0);
        made.process = std::make_shared<const Process>();
        return made;
    }());
    ASSERT_TRUE(RedactStage().apply(event).ok());
    EXPECT_EQ(event.message->body(), "pass&token=XXX");
}

}  // namespace
}  // namespace httpprof::replay
