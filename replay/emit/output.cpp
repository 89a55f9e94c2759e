#include "replay/emit/output.h"

#include <cerrno>
#include <fstream>
#include <span>
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

// Left by who could not write all of it.
bool has_open_line(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    char last = '\n';
    return file.seekg(-1, std::ios::end) && file.get(last) && last != '\n';
}

}  // namespace

Result<Output> Output::open(const std::string& path, Existing existing) {
    if (path == "-") return standard_output();
    const int start = existing == Existing::append ? O_APPEND : O_TRUNC;
    format::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | start | O_CLOEXEC, kMode));
    if (!file.open()) return format::system_error("cannot open " + path + " for writing", errno);
    Output output(std::move(file), path);
    output.continues_ = ::lseek(output.file_.get(), 0, SEEK_END) > 0;
    if (output.continues_ && has_open_line(path)) output.buffer_ = '\n';
    return output;
}

Result<Output> Output::standard_output() {
    const std::string name = "standard output";
    format::Descriptor file(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!file.open()) return format::system_error("cannot write " + name, errno);
    Output output(std::move(file), name);
    output.is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
    return output;
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

Result<void> Output::write_now(std::string_view bytes) {
    const auto written = format::write_all(file_.get(), std::as_bytes(std::span(bytes)), name_);
    const bool is_dropped = !written && written.error().reader_is_gone && outlives_reader_;
    return is_dropped ? Result<void>() : written;
}

Result<void> Output::finish() {
    if (auto flushed = flush(); !flushed) return flushed;
    // A network file system may report a failed write only here.
    if (::close(file_.release()) != 0) return format::system_error("cannot write " + name_, errno);
    return {};
}

}  // namespace httpprof::replay
