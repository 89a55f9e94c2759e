// Redaction of records: what belongs together over records, gaps and repetitions, and processes.
#include "format/redaction/redactor.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/format/redaction/marked_text.h"
#include "tests/support/wire_records.h"

namespace httpprof::test {
namespace {

using namespace std::string_literals;
using format::Redactor;

constexpr std::uint64_t kStart = 1000;

std::string redacted(Redactor& redactor, const std::string& bytes) {
    const auto record = format::decode_record(bytes);
    EXPECT_TRUE(record.ok());
    return std::string(redactor.redact(*record, {bytes}));
}

// Payload of one stream, in records.
class Stream {
  public:
    // Checks that nothing but the payload was changed.
    std::string add(std::uint64_t position, const std::string& payload,
                    std::uint32_t original_size = 0, std::uint8_t missing = WIRE_MISSING_NOTHING) {
        WireData data{.position = kStart + position, .payload = payload};
        if (original_size > 0) data.original_size = original_size;
        data.missing = missing;
        const std::string before = data_record(data);
        const std::string after = redacted(redactor_, before);
        EXPECT_EQ(after.size(), before.size());
        EXPECT_EQ(after.substr(0, sizeof(wire_data)), before.substr(0, sizeof(wire_data)));
        return after.substr(sizeof(wire_data));
    }

    std::uint64_t count(const std::string& cause) const {
        for (const format::Counter& counter : redactor_.changes()) {
            if (counter.cause == cause) return counter.records;
        }
        return 0;
    }

  private:
    Redactor redactor_;
};

const std::string kHead = "GET /a HTTP/1.1\r\nHost: h\r\nAuthorization: ";

TEST(RedactorStreamTest, AValueOverRecords) {
    Stream stream;
    EXPECT_EQ(stream.add(0, "GET / HTTP/1.1\r\nX-Auth-To"), "GET / HTTP/1.1\r\nX-Auth-To");
    EXPECT_EQ(stream.add(25, "ken: se"), "ken: XX");
    EXPECT_EQ(stream.add(32, "cret\r"), "XXXX\r");
    EXPECT_EQ(stream.add(37, "\nHost: h\r\n\r\n"), "\nHost: h\r\n\r\n");
    EXPECT_EQ(stream.count("redacted-header"), 1U);
}

TEST(RedactorStreamTest, WhatIsOverwrittenAlreadyIsNotCounted) {
    Redactor redactor;
    const std::string head = "GET / HTTP/1.1\r\nX-Auth-Token: XXX\r\nX-Api-Key: ";
    redacted(redactor, data_record({.position = 1, .payload = head + "aXb\r\n\r\n"}));
    const auto changes = redactor.changes();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].records, 1U);
    EXPECT_EQ(changes[0].bytes, 2U);
}

TEST(RedactorStreamTest, DirectionsAndSocketsAreApart) {
    Redactor redactor;
    WireData request{.position = 1, .payload = "GET / HTTP/1.1\r\nX-Auth-Token: a"};
    WireData response{
        .direction = WIRE_RECV, .position = 1, .payload = "HTTP/1.1 200 OK\r\nServer: s"};
    WireData other = response;
    other.direction = WIRE_SEND;
    other.socket.inode = 7001;
    EXPECT_TRUE(redacted(redactor, data_record(request)).ends_with(": X"));
    EXPECT_TRUE(redacted(redactor, data_record(response)).ends_with("Server: s"));
    EXPECT_TRUE(redacted(redactor, data_record(other)).ends_with("Server: s"));
    request.position += request.payload.size();
    request.payload = "bc\r\nHost: h";
    EXPECT_TRUE(redacted(redactor, data_record(request)).ends_with("XX\r\nHost: h"));
}

TEST(RedactorStreamTest, ACloseEndsBothDirections) {
    Redactor redactor;
    redacted(redactor, data_record({.position = 1, .payload = "GET / HTTP/1.1\r\nCookie: a=b"}));
    redacted(redactor, close_record());
    const auto after = redacted(redactor, data_record({.position = 28, .payload = "C D"}));
    EXPECT_TRUE(after.ends_with("C D"));
}

TEST(RedactorGapTest, InASecretHidesTheRestOfTheLine) {
    Stream stream;
    stream.add(0, kHead + "Basic abc");
    EXPECT_EQ(stream.add(100, "def\r\nAccept: b\r\n\r\n"), "XXX\r\nAccept: b\r\n\r\n");
    EXPECT_EQ(stream.count("redacted-uncertain"), 1U);
}

TEST(RedactorGapTest, InANameHidesTheRestOfTheLine) {
    Stream stream;
    stream.add(0, "GET /a HTTP/1.1\r\nAuthor");
    EXPECT_EQ(stream.add(100, "sic abc\r\n d\r\nAccept: b\r\n"), "XXX XXX\r\n X\r\nAccept: b\r\n");
}

TEST(RedactorGapTest, ThatWasCutFromTheRecord) {
    Stream stream;
    const std::string payload = kHead + "Basic ab";
    const auto size = static_cast<std::uint32_t>(payload.size());
    stream.add(0, payload, size + 10, WIRE_MISSING_SNAPLEN);
    EXPECT_EQ(stream.add(size + 10, "c\r\nAccept: b\r\n"), "X\r\nAccept: b\r\n");
}

TEST(RedactorGapTest, AnUrgentByteIsNone) {
    Stream stream;
    stream.add(0, kHead + "Basic ab");
    const std::uint64_t position = kHead.size() + 8;
    stream.add(position, "", 1, WIRE_MISSING_URGENT);
    EXPECT_EQ(stream.add(position + 1, "c\r\nAccept: b\r\n"), "X\r\nAccept: b\r\n");
    EXPECT_EQ(stream.count("redacted-uncertain"), 0U);
}

TEST(RedactorGapTest, BeforeTheNextMessageHidesNothing) {
    Stream stream;
    stream.add(0, kHead + "Basic ab");
    EXPECT_EQ(stream.add(1000, "POST /a HTTP/1.1\r\nHost: h\r\n"),
              "POST /a HTTP/1.1\r\nHost: h\r\n");
}

TEST(RedactorGapTest, InABodyHidesNothing) {
    Stream stream;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc";
    EXPECT_EQ(stream.add(0, head), head);
    EXPECT_EQ(stream.add(500, "line one\r\nName: two\r\n"), "line one\r\nName: two\r\n");
}

TEST(RedactorGapTest, OfTheRestOfABodyIsFollowedByAMessage) {
    Stream stream;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    stream.add(0, head, static_cast<std::uint32_t>(head.size()) + 1000, WIRE_MISSING_SENDFILE);
    EXPECT_EQ(stream.add(head.size() + 1000, "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nSet-Cookie: a=X\r\n\r\n");
}

TEST(RedactorGapTest, BeyondABodyHidesWhatLooksLikeTheRestOfAHead) {
    Stream stream;
    stream.add(0, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(stream.add(500, "ecret\r\nServer: s\r\n\r\n"), "XXXXX\r\nServer: s\r\n\r\n");
    EXPECT_EQ(stream.add(2000, "binary\0\n"s + "Server: s\r\n"), "binary\0\n"s + "Server: s\r\n");
}

TEST(RedactorGapTest, InABodyHidesAParameterWithHalfAName) {
    Stream stream;
    stream.add(0, "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\na=b&pass");
    EXPECT_EQ(stream.add(500, "word=abc&c=d"), "word=XXX&c=d");
    EXPECT_EQ(stream.add(600, "n\": \"abc\", \"d\": \"e\""), "n\": \"XXX\", \"d\": \"e\"");
}

TEST(RedactorGapTest, InAStringHidesTheRestOfIt) {
    Stream stream;
    stream.add(0, "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{\"pin\":\"1");
    EXPECT_EQ(stream.add(500, "2\",\"a\":\"b\""), "X\",\"a\":\"b\"");
}

TEST(RedactorGapTest, AStreamThatIsJoinedInAHead) {
    Stream stream;
    EXPECT_EQ(stream.add(0, "ic c2VjcmV0=\r\nHost: h\r\n\r\n"), "XX XXXXXXXX?\r\nHost: h\r\n\r\n");
}

TEST(RedactorGapTest, AStreamThatIsJoinedInAHeadOfAnyForm) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a b; c=d\r\nX-Fo", "X X? X?X\r\nX-Fo"},
        {"abc\nHost: h\n\n", "XXX\nHost: h\n\n"},
        {"abc\r\n d\r\n\te\r\nHost: h\r\n\r\n", "XXX\r\n X\r\n\tX\r\nHost: h\r\n\r\n"}};
    for (const auto& [text, expected] : cases) {
        Stream stream;
        EXPECT_EQ(stream.add(0, text), expected);
    }
}

TEST(RedactorGapTest, AStreamThatIsJoinedInAHeadBeforeABody) {
    const std::string next = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    for (const std::string begun : {"ost: h", "abc"}) {
        Stream stream;
        const std::string head =
            "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\n";
        const std::string hidden = begun == "abc" ? "XXX" : begun;
        EXPECT_EQ(stream.add(0, begun + head + "pin=abc" + next), hidden + head + "pin=XXX" + next);
    }
}

TEST(RedactorGapTest, AStreamThatIsJoinedInAValue) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"half\",\"a\":\"b\"}", "XXXX\",\"a\":\"b\"}"},
        {"ha\\\"lf\",\"a\":\"b\"}", "XX??XX\",\"a\":\"b\"}"},
        {"half&b=c", "XXXXXX?X"},
        {"half", "XXXX"},
        {"7979", "XXXX"},
        {"9\r\nhalf\",\"a\"\r\n", "9\r\nXXXX\",\"a\"\r\n"},
        {"ha\r\n2\r\nlf\",\"\r\n", "XX\r\n2\r\nXX\",\"\r\n"}};
    for (const auto& [text, expected] : cases) {
        Stream stream;
        EXPECT_EQ(stream.add(0, text), expected);
        EXPECT_EQ(stream.count("redacted-uncertain"), 1U);
    }
}

TEST(RedactorGapTest, AStreamThatIsJoinedInAValueOfSeveralRecords) {
    Stream stream;
    EXPECT_EQ(stream.add(0, "ha"), "XX");
    EXPECT_EQ(stream.add(2, "lf"), "XX");
    EXPECT_EQ(stream.add(4, "\",\"a\":\"b\"}"), "\",\"a\":\"b\"}");
    Stream ended;
    EXPECT_EQ(ended.add(0, "half"), "XXXX");
    EXPECT_EQ(ended.add(4, kHead + "Basic ab\r\n"), kHead + "Basic XX\r\n");
}

// What does not belong to a method stands before it as it did.
TEST(RedactorGapTest, AStreamThatIsJoinedRightBeforeAMessage) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{\"a\": \"b\"}", "??X?? ?X??"},
        {"a/b", "X?X"},
        {"&b=c", "XX?X"},
        {"lo world", "XX XXXXX"},
        {"hello ", "XXXXX "},
        {"\xC3\xA9", "??"},
        {" ", " "}};
    for (const auto& [rest, expected] : cases) {
        Stream stream;
        EXPECT_EQ(stream.add(0, rest + kHead + "Basic ab\r\n"), expected + kHead + "Basic XX\r\n");
    }
}

TEST(RedactorGapTest, AStreamThatBeginsWithAnyMethodOrProtocol) {
    for (const char* text :
         {"BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", "brew /pot http/1.1\r\nHost: h\r\n\r\n",
          "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", "G ET / HTTP/1.1\r\nHost: h\r\n\r\n",
          "HTTP/2.0 200 OK\r\nA: b\r\n\r\n", "HTTP/0.9 200 OK\r\nA: b\r\n\r\n",
          "http/1.1 200 OK\r\nA: b\r\n\r\n", "+OK\r\n", "220 h ESMTP\r\n",
          "PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "Host: h\r\nAccept: a\r\n",
          "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
        Stream stream;
        EXPECT_EQ(stream.add(0, text), text);
    }
}

TEST(RedactorRepeatTest, BytesThatWereLookedAtFirst) {
    Stream stream;
    const std::string head = kHead + "Basic abc";
    const std::string hidden = kHead + "Basic XXX";
    EXPECT_EQ(stream.add(0, head), hidden);
    EXPECT_EQ(stream.add(0, head + "d\r\nA: b\r\n"), hidden + "X\r\nA: b\r\n");
    EXPECT_EQ(stream.add(0, head), hidden);
    EXPECT_EQ(stream.add(head.size(), "d\r\nA: b\r\n"), "X\r\nA: b\r\n");
}

TEST(RedactorRepeatTest, SeenWholeAndReadInPieces) {
    const std::string text = kHead + "Basic abc\r\nA: b\r\n\r\n";
    const std::string hidden = kHead + "Basic XXX\r\nA: b\r\n\r\n";
    Stream stream;
    EXPECT_EQ(stream.add(0, text), hidden);
    for (std::size_t i = 0; i < text.size(); i += 20) {
        const std::string piece = stream.add(i, text.substr(i, 20));
        if (i + 20 < kHead.size()) {
            EXPECT_EQ(piece, hidden.substr(i, 20));
        }
        EXPECT_EQ(piece.find("abc"), piece.npos);
    }
}

TEST(RedactorRepeatTest, FromAnywhereWithinWhatWasSeen) {
    const std::string text = kHead + "Basic abcdef\r\nA: b\r\n\r\n{\"password\": \"ghijkl\"}";
    const std::string more = "GET / HTTP/1.1\r\nCookie: m=nop\r\n\r\n";
    const std::string hidden = "GET / HTTP/1.1\r\nCookie: m=XXX\r\n\r\n";
    for (std::size_t from = 1; from < text.size(); ++from) {
        Stream stream;
        stream.add(0, text);
        const std::string again = stream.add(from, text.substr(from) + more);
        EXPECT_TRUE(again.ends_with(hidden)) << from;
        for (const char* secret : {"abcdef", "ghijkl"}) {
            const std::size_t begin = text.find(secret);
            for (std::size_t at = std::max(begin, from); at < begin + 6; ++at)
                EXPECT_EQ(again[at - from], 'X') << "at " << at << " from " << from;
        }
    }
}

TEST(RedactorOrderTest, ARecordThatComesLateFillsItsPlace) {
    Stream stream;
    const std::string first = "GET / HTTP/1.1\r\n";
    const std::string second = "X-Auth-Token: ab";
    const std::string third = "c\r\nA: b\r\n";
    stream.add(0, first);
    EXPECT_EQ(stream.add(32, third), "X\r\nA: b\r\n");
    EXPECT_EQ(stream.add(16, second), "X-Auth-Token: XX");
    EXPECT_EQ(stream.add(41, "Cookie: d=e\r\nB: c\r\n\r\n"), "Cookie: d=X\r\nB: c\r\n\r\n");
}

TEST(RedactorMemoryTest, ForgetsTheDirectionThatWasNotUsedForLongest) {
    Redactor redactor;
    WireData data{.position = 1, .payload = "GET / HTTP/1.1\r\nCookie: a=b"};
    for (std::uint64_t i = 0; i <= format::ConnectionRedactor::kMaxDirections; ++i) {
        data.socket.inode = 1 + i;
        redacted(redactor, data_record(data));
    }
    data.position += data.payload.size();
    data.payload = "CD";
    EXPECT_TRUE(redacted(redactor, data_record(data)).ends_with("XX"));
    data.socket.inode = 1;
    EXPECT_TRUE(redacted(redactor, data_record(data)).ends_with("CD"));
}

// --- Processes ---

struct Process {
    std::string arguments;
    std::string environment;
};

// The same as a record, as a Snapshot and, but for the environment, as a command line.
void expect_process(const Process& marked) {
    const MarkedText arguments(marked.arguments);
    const MarkedText environment(marked.environment);
    const std::string bytes =
        process_record({.arguments = arguments.text, .environment = environment.text});
    Redactor redactor;
    EXPECT_EQ(redacted(redactor, bytes), process_record({.arguments = arguments.redacted,
                                                         .environment = environment.redacted}));
    format::Snapshot snapshot;
    snapshot.arguments = arguments.text;
    snapshot.environment = environment.text;
    redactor.redact(snapshot);
    EXPECT_EQ(snapshot.arguments, arguments.redacted);
    EXPECT_EQ(snapshot.environment, environment.redacted);

    format::Header header;
    std::string joined;
    for (std::size_t at = 0; at < arguments.text.size(); at += header.options.back().size() + 1)
        header.options.emplace_back(arguments.text.c_str() + at);
    header.derivation = header.options;
    redactor.redact(header);
    for (const std::string& option : header.options)
        joined += option + '\0';
    if (arguments.text.ends_with('\0')) {
        EXPECT_EQ(joined, arguments.redacted);
    }
    EXPECT_EQ(header.derivation, header.options);
}

TEST(RedactorProcessTest, Variables) {
    expect_process({"a\0"s,
                    "HOME=/root\0GITHUB_TOKEN=«abc»\0PWD=/a\0OLDPWD=/b\0DB_PWD=«=p q»\0"
                    "AWS_ACCESS_KEY_ID=«AKIA»\0api.key=«k»\0EMPTY_SECRET=\0SECRET\0=\0"
                    "MONKEY=m\0KEYBOARD=de\0SSH_AUTH_SOCK=/s\0AUTHOR=a\0SENTRY_DSN=«d»\0"
                    "TOKENIZERS_PARALLELISM=true\0XDG_SESSION_ID=2\0PGPASSWORD=«cut»"s});
}

TEST(RedactorProcessTest, SecretsWithinVariables) {
    expect_process(
        {"a\0"s,
         "DATABASE_URL=postgres://u:«pw»@h:5432/db\0NO_PROXY=localhost:80\0"
         "HTTP_PROXY=http://h:3128/\0HOOK=https://h/?access_token=«t»&a=b\0"
         "CONFIG={\"user\":\"u\",\"password\":\"«p»\"}\0HEADERS=Authorization: Basic «a»\0"
         "CMD=curl -u a:«p» http://h\0JOB=sh -c 'app --password «p» -v'\0OPTS=-O2 -g a:b\0"s});
}

TEST(RedactorProcessTest, Arguments) {
    expect_process(
        {"curl\0-u\0u:«pw»\0--user=u:«pw»\0-H\0Authorization: Bearer «abc»\0"
         "-HX-Api-Key: «k»\0--header=Cookie: a=«b»\0https://u:«p»@h/?token=«t»&a=b\0"
         "-d\0a=b&password=«c»\0-o\0token.txt\0"s,
         ""});
    expect_process(
        {"server\0--password\0«x y»\0--db-password=«x»\0--token\0--port\0008080\0"
         "--api-key\0«k»\0--key\0k.pem\0-password\0«z»\0--verbose\0"s,
         ""});
    expect_process(
        {"env\0API_TOKEN=«t»\0PATH=/bin\0docker\0run\0-u\0001000:1000\0-e\0S_KEY=«k»\0"s, ""});
    expect_process({"--password\0«cut"s, ""});
}

TEST(RedactorProcessTest, ValuesThatBeginWithADash) {
    expect_process({"app\0--password\0«-abc»\0--token\0-v\0--secret\0--verbose\0-u\0-d12:30\0"s,
                    "OPTS=--password «-abc» -abc\0"s});
}

TEST(RedactorProcessTest, VariablesJoinedWithTheirOption) {
    expect_process(
        {"docker\0run\0--env=S_KEY=«k»\0-eS_KEY=«k»\0--env=A=b\0-eA=b\0--from-literal=S_KEY=«a=b»\0"
         "-DS_KEY=«k»\0-partition-key=p\0-d=key\0"s,
         "OPTS=--env=S_KEY=«k»\0OPTS=--user=u:«p»\0ARGS=X=--user=u:«p»\0"s});
}

TEST(RedactorProcessTest, ShortOptionsJoinedWithTheirValues) {
    expect_process(
        {"curl\0-ubob:«p»\0-HCookie: a=«b»\0-u1000:1000\0-dpin=«1»&a=b\0-Ua:«p»\0-o:b\0"s, ""});
    expect_process({"sh\0-c\0curl -ubob:«p» -H'Cookie: a=«b»' h\0"s, ""});
}

TEST(RedactorProcessTest, ShortOptionsOfKnownPrograms) {
    for (const char* line :
         {"redis-cli -h h -a «s» ping", "/usr/bin/mysql -p«s» db", "mysql -u root -p db",
          "mongosh -p --host h", "sshpass -p «s» ssh -p 22 u@h", "sshpass -p«s» ssh -p 22 u@h",
          "docker login -u u -p «s» h", "docker run -p 8080:80 h", "http -a «u:s» h",
          "curl -s -b «a=b» h", "server -a h -p 80", "curl --cert c.pem:«s» h",
          "openssl rsa -passin pass:«s»", "wget --http-passwd=«s» h", "ab -n 1 -A «u:s» h",
          "lftp -u «u,s» h", "ldapadd -x -w «s»", "mysqlshow -p«s» db", "twine upload -p «s»"}) {
        SCOPED_TRACE(line);
        expect_process({"sh\0-c\0"s + line + '\0', "CMD="s + line + '\0'});
    }
    expect_process({"python3\0/usr/bin/http\0-a\0«u:s»\0-b\0h\0"s, ""});
}

TEST(RedactorProcessTest, OptionsOfCurlInOneWord) {
    for (const char* line :
         {"curl -su bob:«p» h", "/usr/bin/curl -sSLu 'bob:«p»' h", "curl -fsubob:«p» h",
          "curl -sU bob:«p» h", "curl -so a:b h", "curl -su 1:2 h", "rsync -avu h:/a b",
          "curl -E c.pem:«s» h", "curl -sSEc.pem:«s» h", "curl -sx u:«s@»@p:1 h",
          "curl -xu:«s»@p h", "curl --proxy u:«s»@p:3128 h", "sed -E s:a:b:"}) {
        SCOPED_TRACE(line);
        expect_process({"sh\0-c\0"s + line + '\0', "CMD="s + line + '\0'});
    }
}

TEST(RedactorProcessTest, UrlsWithoutScheme) {
    expect_process({"curl\0-s\0u:«s»@h/x\0-d\0{\"a\":\"b@c\"}\0"s,
                    "HTTP_PROXY=u:«s»@p:3128\0https_proxy=u:«s»@p\0no_proxy=h:80\0"
                    "GIT_CONFIG_PARAMETERS='http.proxy'='u:«s»@p:3128'\0"s});
    expect_process({"docker\0run\0h/a:1@sha256:0\0a:1@sha256:0\0"s, ""});
}

// As Go's driver of MySQL has them.
TEST(RedactorProcessTest, AddressesOfDatabases) {
    expect_process({"app\0--db=u:«s/e:c@r»@tcp(h:3306)/db?a=b\0u:«s»@unix(/run/m.sock)/db\0"s,
                    "DATABASE=u:«s»@tcp([::1]:3306)/db\0URI=mysql://u:«s»@tcp(h:1)/db\0"
                    "A=u@tcp(h:3306)/db\0B=u:@tcp(h)/\0C=a: b@c(d)\0D=a:b@c d(e)\0"s});
}

TEST(RedactorProcessTest, HeadersInOptionsOfGit) {
    expect_process(
        {"git\0-c\0http.https://h/.extraheader=AUTHORIZATION: basic «s»\0"
         "-chttp.extraHeader=Authorization: Bearer «s»\0fetch\0"s,
         "GIT_CONFIG_PARAMETERS='http.https://h/.extraheader'='AUTHORIZATION: basic «s'»\0"s});
}

TEST(RedactorProcessTest, CommandLinesWithinArguments) {
    expect_process(
        {"sh\0-c\0curl -H 'Authorization: Bearer «a»' -H \"X-Token: «b»\" --user u:«p» h"
         " && A_SECRET=«s» app --password «p» -v\0"s,
         ""});
}

TEST(RedactorProcessTest, WordsThatAreQuotedInPart) {
    for (const char* line :
         {"mysqldump -uroot -p'«s»' db | gzip", "export STRIPE_KEY='«s»'; run",
          "export STRIPE_KEY=\"«a b»\"; run", "curl -u bob:'«s»' h", "curl --user=bob:'«s»' h",
          "curl -u $U:\"«s»\" h", "app --password '«a»'\"«b c»\"«d» -v", "app --'token'='«s»'",
          "make X=\"mysql -p'«s»'\" Y=\"mysql -p«s»\""}) {
        SCOPED_TRACE(line);
        expect_process({"sh\0-c\0"s + line + '\0', "CMD="s + line + '\0'});
    }
}

TEST(RedactorProcessTest, WhatIsBetweenWords) {
    for (const char* line : {"mysql\t-p«s»", "run\nmysql\n-p«s»", "`mysql -p«s»`"}) {
        SCOPED_TRACE(line);
        expect_process({"sh\0-c\0"s + line + '\0', "CMD="s + line + '\0'});
    }
}

TEST(RedactorProcessTest, CommandLinesBehindNames) {
    expect_process(
        {"make\0ARGS=--token «a»\0--opts=--password «b»\0-Dx=--token «c»\0--env=X=-u u:«d»\0"
         "OPTS=-v -Da=--secret «e»\0ARGS=-ubob:«g»\0ARGS=--port 80\0"s,
         "OPTS=-Dx=--token «a»\0ARGS=X=-u u:«b»\0"s});
    expect_process(
        {"sh\0-c\0make ARGS=\"--token «a»\" && ssh h 'app --password \"«b c»\" -v'\0"s, ""});
}

TEST(RedactorProcessTest, CountsByKind) {
    Redactor redactor;
    redacted(redactor, process_record({.arguments = "a\0--password=abc\0"s,
                                       .environment = "A_TOKEN=de\0U=http://u:p@h\0"s}));
    const auto changes = redactor.changes();
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].cause, "redacted-variable");
    EXPECT_EQ(changes[0].records, 2U);
    EXPECT_EQ(changes[0].bytes, 3U);
    EXPECT_EQ(changes[1].cause, "redacted-argument");
    EXPECT_EQ(changes[1].records, 1U);
    EXPECT_EQ(changes[1].bytes, 3U);
}

TEST(RedactorProcessTest, AdditionalNames) {
    Redactor redactor({.headers = {}, .variables = {"Shop_Owner"}, .parameters = {"Iban"}});
    const std::string after =
        redacted(redactor, process_record({.arguments = "a\0--iban\0DE\0"s,
                                           .environment = "SHOP_OWNER=me\0SHOP_OWNERS=us\0"s}));
    EXPECT_EQ(after, process_record({.arguments = "a\0--iban\0XX\0"s,
                                     .environment = "SHOP_OWNER=XX\0SHOP_OWNERS=us\0"s}));
}

TEST(RedactorProcessTest, OtherRecordsStayAsTheyAre) {
    Redactor redactor;
    for (const std::string& bytes : {fin_record(), close_record(), io_uring_record()})
        EXPECT_EQ(redacted(redactor, bytes), bytes);
    EXPECT_TRUE(redactor.changes().empty());
}

}  // namespace
}  // namespace httpprof::test
