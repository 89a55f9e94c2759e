#include "replay/emit/output.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "replay/emit/text.h"

namespace httpprof::replay {
namespace {

constexpr std::size_t kBufferSize = 1024 * 1024;
// What is as long as this is not worth a copy into the buffer.
constexpr std::size_t kLong = 128 * 1024;
constexpr int kMode = 0600;

std::string reason(int code) {
    return std::generic_category().message(code);
}

// Left by who could not write all of it.
bool has_open_line(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    char last = '\n';
    return file.seekg(-1, std::ios::end) && file.get(last) && last != '\n';
}

}  // namespace

Result<Output> Output::open(const std::string& path, Existing existing) {
    if (path == "-")
        return Output(STDOUT_FILENO, false, "standard output", ::isatty(STDOUT_FILENO) == 1);
    const int start = existing == Existing::append ? O_APPEND : O_TRUNC;
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | start | O_CLOEXEC, kMode);
    if (descriptor < 0) return Error{"cannot open " + path + " for writing: " + reason(errno)};
    Output output(descriptor, true, path);
    output.continues_ = ::lseek(descriptor, 0, SEEK_END) > 0;
    if (output.continues_ && has_open_line(path)) output.buffer_ = '\n';
    return output;
}

Output::Output(int descriptor, bool owned, std::string name, bool is_terminal)
    : descriptor_(descriptor), owned_(owned), name_(std::move(name)), is_terminal_(is_terminal) {}

Output::Output(Output&& other) noexcept
    : descriptor_(other.descriptor_),
      owned_(std::exchange(other.owned_, false)),
      name_(std::move(other.name_)),
      is_terminal_(other.is_terminal_),
      buffer_(std::move(other.buffer_)),
      continues_(other.continues_),
      outlives_reader_(other.outlives_reader_) {}

Output::~Output() {
    if (owned_) ::close(descriptor_);
}

Result<void> Output::write(std::string_view bytes) {
    if (bytes.size() < kLong && buffer_.size() + bytes.size() < kBufferSize) {
        buffer_ += bytes;
        return {};
    }
    if (auto flushed = flush(); !flushed) return flushed;
    return write_now(bytes);
}

Result<void> Output::write_json(std::string_view json) {
    return is_terminal_ ? write(printable_json(json)) : write(json);
}

Result<void> Output::flush() {
    const Result<void> written = write_now(buffer_);
    if (written) buffer_.clear();
    return written;
}

Result<void> Output::write_now(std::string_view rest) {
    while (!rest.empty()) {
        const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE && outlives_reader_) return {};
        if (written < 0) return error_from(errno);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> Output::finish() {
    if (auto flushed = flush(); !flushed) return flushed;
    // A network file system may report a failed write only here.
    if (std::exchange(owned_, false) && ::close(descriptor_) != 0) return error_from(errno);
    return {};
}

Error Output::error_from(int code) const {
    return {"cannot write to " + name_ + ": " + reason(code), code == EPIPE};
}

}  // namespace httpprof::replay
