#include "format/reader.h"

#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/digest.h"
#include "format/frame_decoder.h"
#include "format/frame_scanner.h"
#include "format/input.h"
#include "format/parallel_source.h"
#include "format/preamble.h"

namespace httpprof::format {
namespace {

// Scans and decodes in the thread of its caller.
class SerialSource : public RecordSource {
  public:
    SerialSource(FrameScanner scanner, const std::string& name)
        : scanner_(std::move(scanner)), decoder_(name) {}

    Result<std::optional<Frame>> next() override {
        if (finished_) return std::optional<Frame>();
        auto scanned = scanner_.next();
        Step step = std::holds_alternative<Step>(scanned)
                        ? std::get<Step>(std::move(scanned))
                        : decoder_.decode(std::get<StoredFrame>(scanned));
        finished_ = step.last;
        return std::move(step.outcome);
    }

  private:
    FrameScanner scanner_;
    FrameDecoder decoder_;
    bool finished_ = false;  // the last step was handed out
};

// Returns the descriptor, or minus the errno.
int open_file(const std::string& path) {
    while (true) {
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor >= 0) return descriptor;
        if (errno != EINTR) return -errno;
    }
}

}  // namespace

Result<std::unique_ptr<RecordSource>> read_capture(int descriptor, const std::string& name,
                                                   unsigned jobs) {
    Input input(Descriptor(descriptor), name);
    std::array<std::byte, kPreambleSize> preamble;
    const auto size = input.read(preamble);
    if (!size) return size.error();
    const auto checked = check_preamble(std::span(preamble).first(*size), name);
    if (!checked) return checked.error();
    FrameScanner scanner(std::move(input), digest_of(preamble));
    if (jobs > 1) return ParallelSource::start(std::move(scanner), name, jobs);
    return std::unique_ptr<RecordSource>(std::make_unique<SerialSource>(std::move(scanner), name));
}

Result<std::unique_ptr<RecordSource>> open_capture(const std::string& path, unsigned jobs) {
    if (path == "-") {
        // A copy, so that closing it leaves standard input as it was.
        const int copy = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        if (copy < 0) return system_error("cannot read standard input", errno);
        return read_capture(copy, "standard input", jobs);
    }
    std::string name = path;
    int descriptor = open_file(name);
    if (descriptor == -ENOENT) {
        const int part = open_file(path + ".part");
        if (part >= 0) {
            name += ".part";
            descriptor = part;
        }
    }
    if (descriptor < 0) return system_error("cannot open " + path, -descriptor);
    return read_capture(descriptor, name, jobs);
}

}  // namespace httpprof::format
