#include "tests/replay/protocol/http1_case.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace httpprof::test {
namespace {

std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        switch (text.at(++i)) {
            case 'r':
                bytes += '\r';
                break;
            case 'n':
                bytes += '\n';
                break;
            case 't':
                bytes += '\t';
                break;
            case '\\':
                bytes += '\\';
                break;
            case 'x':
                bytes +=
                    static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
                i += 2;
                break;
            default:
                throw std::runtime_error("unknown escape in: " + std::string(text));
        }
    }
    return bytes;
}

void add_bytes(Http1Case& result, const std::string& bytes) {
    if (!result.steps.empty() && std::holds_alternative<std::string>(result.steps.back())) {
        std::get<std::string>(result.steps.back()) += bytes;
    } else {
        result.steps.emplace_back(bytes);
    }
}

void read_directive(Http1Case& result, const std::string& line) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "limits") {
        words >> result.limits.header_section >> result.limits.kept;
    } else if (word == "limit-held") {
        words >> result.limits.held;
    } else if (word == "answers") {
        while (words >> word)
            result.answers.push_back(word == "-" ? "" : word);
        words.clear();
    } else if (word == "gap") {
        Http1Case::Gap gap;
        words >> gap.length;
        result.steps.emplace_back(gap);
    } else if (word == "awaits-answer") {
        result.awaits_answer = true;
    } else if (word == "leave") {
        result.steps.emplace_back(Http1Case::Leave{});
    } else if (word == "go-on") {
        result.steps.emplace_back(Http1Case::GoOn{});
    } else if (word == "answered") {
        Http1Case::Answered answered;
        words >> answered.status;
        result.steps.emplace_back(answered);
    } else if (word == "end") {
        words >> word;
        result.steps.emplace_back(Http1Case::End{word == "orderly"});
    } else if (word == "repeat") {
        std::size_t count = 0;
        words >> count >> word;
        const auto bytes = unescaped(line.substr(line.find("> ") + 2));
        for (std::size_t i = 0; i < count; ++i)
            add_bytes(result, bytes);
    } else {
        throw std::runtime_error("unknown directive: " + line);
    }
    if (words.fail()) throw std::runtime_error("incomplete directive: " + line);
}

// The beginning of a run of bytes that starts at `start`, cut at the next of the positions.
std::string_view next_piece(std::string_view rest, std::size_t start,
                            const std::vector<std::size_t>& cuts) {
    const auto cut = std::upper_bound(cuts.begin(), cuts.end(), start);
    return cut == cuts.end() ? rest : rest.substr(0, *cut - start);
}

}  // namespace

std::string Http1Case::captured() const {
    std::string bytes;
    for (const auto& step : steps) {
        if (const auto* part = std::get_if<std::string>(&step)) bytes += *part;
    }
    return bytes;
}

std::uint64_t Http1Case::missing() const {
    std::uint64_t sum = 0;
    for (const auto& step : steps) {
        if (const auto* gap = std::get_if<Gap>(&step)) sum += gap->length;
    }
    return sum;
}

Http1Log Http1Case::run(const std::vector<std::size_t>& cuts) const {
    Http1Log log(answers);
    log.set_awaits_answer(awaits_answer);
    replay::Http1Parser parser(log, limits);
    const replay::Origin origin{1, 2, 3, "test"};
    std::size_t position = 0;
    for (const auto& step : steps) {
        if (const auto* bytes = std::get_if<std::string>(&step)) {
            for (std::string_view rest = *bytes; !rest.empty();) {
                const auto piece = next_piece(rest, position, cuts);
                parser.feed(piece, origin);
                rest.remove_prefix(piece.size());
                position += piece.size();
            }
        } else if (const auto* gap = std::get_if<Gap>(&step)) {
            parser.skip(gap->length, gap->cause, origin);
        } else if (std::holds_alternative<Leave>(step)) {
            log.set_awaits_answer(false);
            parser.leave();
        } else if (std::holds_alternative<GoOn>(step)) {
            log.set_awaits_answer(false);
            parser.go_on();
        } else if (const auto* answered = std::get_if<Answered>(&step)) {
            if (answered->status == 100) parser.expect_content();
            if (answered->status / 100 != 1) parser.answered();
        } else {
            parser.finish(std::get<End>(step).orderly);
        }
    }
    return log;
}

Http1Case read_http1_case(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    Http1Case result;
    std::string line;
    while (std::getline(file, line) && line != "--") {
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with("> ")) {
            add_bytes(result, unescaped(line.substr(2)));
        } else {
            read_directive(result, line);
        }
    }
    while (std::getline(file, line))
        result.expected += line + '\n';
    return result;
}

}  // namespace httpprof::test
