// Parses the input as one direction of an HTTP/1 connection, whole and cut in pieces, and aborts
// when what the parser says differs, or does not account for each byte.
//
// The first byte of the input holds options, the second the seed for gaps and cuts; the rest is the
// stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "replay/protocol/http1.h"
#include "tests/replay/http1_log.h"

namespace {

using httpprof::replay::Http1Limits;
using httpprof::replay::Http1Parser;
using httpprof::test::Http1Log;

struct Gap {
    std::size_t position = 0;  // in the captured bytes
    std::uint64_t length = 0;
};

struct Subject {
    bool orderly = false;
    bool awaits_answer = false;  // which comes at the end, and changes nothing
    Http1Limits limits;
    std::vector<std::string> answers;
    std::vector<Gap> gaps;  // by position
    std::string_view bytes;
};

using Random = std::minstd_rand;

// Between 0 and `bound`, inclusive.
std::size_t draw(Random& random, std::size_t bound) {
    return random() % (bound + 1);
}

Subject make_subject(std::uint8_t options, std::string_view bytes, Random& random) {
    Subject subject;
    if ((options & 1) != 0) subject.gaps.push_back({0, 1});
    subject.orderly = (options & 2) != 0;
    subject.awaits_answer = (options & 32) != 0;
    if ((options & 4) != 0) subject.limits = {64, 48, 32};
    if ((options & 8) != 0) subject.answers = {"HEAD", "GET"};
    if ((options & 16) != 0) subject.answers = {"CONNECT"};
    subject.bytes = bytes;
    std::size_t position = 0;
    for (int gaps = options >> 6; gaps > 0; --gaps) {
        position += draw(random, bytes.size() - position);
        subject.gaps.push_back({position, 1 + draw(random, 40)});
    }
    return subject;
}

template <typename NextSize>
Http1Log parse(const Subject& subject, NextSize next_size) {
    Http1Log log(subject.answers);
    log.set_awaits_answer(subject.awaits_answer);
    Http1Parser parser(log, subject.limits);
    std::size_t position = 0;
    const auto feed_until = [&](std::size_t end) {
        while (position < end) {
            const auto size = std::min<std::size_t>(end - position, next_size());
            // A copy of its own, so that reading beyond the piece is found.
            const std::vector<char> piece(subject.bytes.begin() + position,
                                          subject.bytes.begin() + position + size);
            parser.feed({piece.data(), piece.size()}, {});
            position += size;
        }
    };
    for (const auto& gap : subject.gaps) {
        feed_until(gap.position);
        parser.skip(gap.length, httpprof::format::MissingCause::lost, {});
    }
    feed_until(subject.bytes.size());
    log.set_awaits_answer(false);
    parser.go_on();
    parser.finish(subject.orderly);
    return log;
}

void expect_equal(const std::string& whole, const std::string& cut, const char* how) {
    if (whole == cut) return;
    std::fprintf(stderr, "--- whole\n%s--- %s\n%s", whole.c_str(), how, cut.c_str());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Random random(data[1] + 1U);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto subject = make_subject(data[0], bytes, random);

    const auto whole = parse(subject, [size] { return size; });
    std::uint64_t missing = 0;
    for (const auto& gap : subject.gaps)
        missing += gap.length;
    if (const auto error = whole.account_error(bytes, missing); !error.empty()) {
        std::fprintf(stderr, "%s\n%s", error.c_str(), whole.text().c_str());
        std::abort();
    }
    const auto text = whole.text();
    expect_equal(text, parse(subject, [] { return 1U; }).text(), "byte by byte");
    for (const std::size_t longest : {2U, 7U, 40U}) {
        const auto cut = parse(subject, [&] { return 1 + draw(random, longest - 1); });
        expect_equal(text, cut.text(), "in random pieces");
    }
    return 0;
}
