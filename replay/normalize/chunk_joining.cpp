#include "replay/normalize/chunk_joining.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace httpprof::replay {
namespace {

constexpr std::string_view kCrlf = "\r\n";

std::string_view raw_between(const Message& message, std::size_t begin, std::size_t end) {
    return std::string_view(message.raw).substr(begin, end - begin);
}

std::size_t end_of_data(const Range& data) {
    return std::size_t{data.begin} + data.size;
}

// Of a line that has nothing else.
std::optional<std::uint64_t> chunk_size_on(std::string_view line) {
    if (!line.ends_with(kCrlf)) return std::nullopt;
    line.remove_suffix(kCrlf.size());
    const char* const end = line.data() + line.size();
    std::uint64_t size = 0;
    const auto [stop, error] = std::from_chars(line.data(), end, size, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    return size;
}

bool ends_with_last_chunk(const Message& message) {
    const std::string_view rest =
        raw_between(message, end_of_data(message.content.back()), message.raw.size());
    if (!rest.starts_with(kCrlf)) return false;
    const std::size_t line = kCrlf.size();
    const std::size_t end = rest.find('\n', line);
    return end != rest.npos && chunk_size_on(rest.substr(line, end + 1 - line)) == 0;
}

// Whether nothing is between the header section and the trailers but chunks in their shortest form.
bool is_plainly_chunked(const Message& message) {
    const bool is_whole =
        !message.truncated && message.gaps.empty() && message.size == message.raw.size();
    if (!is_whole || message.content.empty()) return false;
    std::size_t done = message.head_size;
    for (const Range& data : message.content) {
        std::string_view line = raw_between(message, done, data.begin);
        if (done > message.head_size) {
            if (!line.starts_with(kCrlf)) return false;
            line.remove_prefix(kCrlf.size());
        }
        if (chunk_size_on(line) != data.size) return false;
        done = end_of_data(data);
    }
    return ends_with_last_chunk(message);
}

std::string chunk_line(std::size_t size) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), size, 16).ptr;
    return std::string(digits.begin(), end).append(kCrlf);
}

// The data of the chunks, before and after.
class Joint {
  public:
    Joint(std::vector<Range> chunks, const Range& whole)
        : chunks_(std::move(chunks)), whole_(whole) {}

    // A place between two chunks comes to where they meet.
    std::uint64_t moved(std::uint64_t place) const {
        if (place < chunks_.front().begin) return place;
        if (place >= end_of_data(chunks_.back())) {
            return place - end_of_data(chunks_.back()) + end_of_data(whole_);
        }
        std::uint64_t result = whole_.begin;
        for (const Range& data : chunks_) {
            if (place < data.begin) break;
            result += std::min<std::uint64_t>(place - data.begin, data.size);
        }
        return result;
    }

  private:
    const std::vector<Range> chunks_;
    const Range whole_;
};

}  // namespace

void join_chunks(Message& message) {
    if (!is_plainly_chunked(message)) return;
    const std::string body = message.body();
    std::string joined = message.raw.substr(0, message.head_size) + chunk_line(body.size());
    const Range whole{static_cast<std::uint32_t>(joined.size()),
                      static_cast<std::uint32_t>(body.size())};
    joined += body;
    joined.append(message.raw, end_of_data(message.content.back()));

    const Joint joint(std::move(message.content), whole);
    for (Anomaly& anomaly : message.anomalies)
        anomaly.offset = joint.moved(anomaly.offset);
    for (Field& field : message.trailers) {
        field.name.begin = static_cast<std::uint32_t>(joint.moved(field.name.begin));
        field.value.begin = static_cast<std::uint32_t>(joint.moved(field.value.begin));
    }
    message.content = {whole};
    message.raw = std::move(joined);
    message.size = message.raw.size();
}

}  // namespace httpprof::replay
