// Redaction overwrites values and changes no message: the parser finds the same in both.
#include <algorithm>
#include <filesystem>
#include <random>
#include <regex>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "format/redaction/stream_redactor.h"
#include "tests/replay/protocol/http1_case.h"

namespace httpprof::test {
namespace {

// With the steps as the records of a stream.
Http1Case redacted(Http1Case subject) {
    format::SecretNames names(format::AdditionalNames{});
    format::StreamState state;
    format::RedactionTally tally;
    for (auto& step : subject.steps) {
        if (auto* bytes = std::get_if<std::string>(&step)) {
            format::redact_stream(std::span(*bytes), state, names, tally);
        } else if (const auto* gap = std::get_if<Http1Case::Gap>(&step)) {
            state.skip(gap->length);
        }
    }
    return subject;
}

// What the log says, without names and values.
std::string structure(const Http1Case& subject) {
    static const std::regex quoted(R"("([^"\\]|\\.)*")");
    return std::regex_replace(subject.run({}).text(), quoted, "\"\"");
}

std::string sized(const std::string& head, const std::string& body) {
    return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::vector<std::string> kRequests = {
    "GET /a?token=abc&b=c HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi\r\n\r\n",
    "GET /b HTTP/1.1\r\nHost: h\r\nCookie: sid=a b; c=d\r\nX-Api-Key: k\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: u:pw@h\r\nReferer: http://u:pw@h/?pin=1\r\n\r\n",
    sized("POST /f HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n",
          "user=u&password=p+q&x=y&z"),
    sized("POST /j HTTP/1.1\r\nHost: h\r\n",
          "{\"a\": 1, \"password\": \"p q\",\r\n\"pins\": [1, \"2\"]} "),
    ("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
     "b\r\n{\"secret\":\"\r\n4;token=t\r\nab\"}\r\n0\r\nX-Auth-Token: t\r\n\r\n"),
    sized("POST /t HTTP/1.1\r\nHost: h\r\n", "token=abc def\r\ng"),
    sized("POST /m HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=B\r\n",
          "--B\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n12\r\n34\r\n--B--\r\n"),
};
const std::vector<std::string> kResponses = {
    "HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc; Path=/\r\nContent-Length: 0\r\n\r\n",
    sized("HTTP/1.1 302 Found\r\nLocation: /x?next=%2Fy%3Ftoken%3Da%26b&pin=1\r\n", "hi"),
    "HTTP/1.1 204 No Content\r\nX-Auth-Token:\r\n abc\r\n\r\n",
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "a\r\n\"token\": \"\r\n3\r\nab\"\r\n0\r\n\r\n"),
    sized("HTTP/1.1 200 OK\r\n", "<a href=\"/?sid=abc\">b</a>\npassword=a b\r\n"),
    sized("HTTP/1.1 200 OK\r\n", "{\"access_token\":\"a\",\"b\": true}"),
};

// A stream of some of these in records, of which some may be missing, or the end of one, or those
// before the first.
class RandomStream {
  public:
    explicit RandomStream(unsigned seed) : random_(seed) {}

    Http1Case make() {
        const bool is_of_requests = chance(2);
        const auto& messages = is_of_requests ? kRequests : kResponses;
        Http1Case made;
        for (int i = 0; i < 6; ++i)
            add_records(made, messages[below(messages.size())]);
        if (chance(4)) made.steps.erase(made.steps.begin(), made.steps.begin() + 2);
        if (chance(2)) lose_some(made);
        if (!is_of_requests) made.answers.assign(20, "GET");
        made.steps.emplace_back(Http1Case::End{});
        return made;
    }

  private:
    std::size_t below(std::size_t end) { return random_() % end; }
    bool chance(std::size_t of) { return below(of) == 0; }

    void add_records(Http1Case& made, std::string_view message) {
        while (!message.empty()) {
            const std::size_t size = chance(2) ? message.size() : 1 + below(message.size());
            made.steps.emplace_back(std::string(message.substr(0, size)));
            message.remove_prefix(size);
        }
    }

    void lose_some(Http1Case& made) {
        std::vector<Http1Case::Step> kept;
        for (const auto& step : made.steps) {
            const auto& bytes = std::get<std::string>(step);
            const std::size_t size = !chance(4)  ? bytes.size()
                                     : chance(2) ? 0
                                                 : below(bytes.size());
            if (size > 0) kept.emplace_back(bytes.substr(0, size));
            if (size < bytes.size()) kept.emplace_back(Http1Case::Gap{bytes.size() - size});
        }
        made.steps = std::move(kept);
    }

    std::mt19937 random_;
};

std::string described(const Http1Case& subject) {
    std::string text;
    for (const auto& step : subject.steps) {
        if (const auto* bytes = std::get_if<std::string>(&step)) text += escaped(*bytes) + " | ";
        if (const auto* gap = std::get_if<Http1Case::Gap>(&step))
            text += "gap " + std::to_string(gap->length) + " | ";
    }
    return text;
}

TEST(RedactedStreamTest, RandomStreamsStayAsTheyAre) {
#ifdef NDEBUG
    constexpr unsigned kSeeds = 3000;
#else
    constexpr unsigned kSeeds = 500;  // sanitizers make it slow enough
#endif
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
        const Http1Case subject = RandomStream(seed).make();
        EXPECT_EQ(structure(redacted(subject)), structure(subject)) << seed << '\n'
                                                                    << described(subject) << '\n'
                                                                    << described(redacted(subject));
    }
}

TEST(RedactedStreamTest, CasesOfTheParserStayAsTheyAre) {
    for (const auto& entry : std::filesystem::directory_iterator("testdata/http1")) {
        if (entry.path().extension() != ".case") continue;
        const Http1Case subject = read_http1_case(entry.path());
        EXPECT_EQ(structure(redacted(subject)), structure(subject)) << entry.path();
    }
}

}  // namespace
}  // namespace httpprof::test
