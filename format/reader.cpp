#include "format/reader.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/frame_decoder.h"
#include "format/frame_scanner.h"
#include "format/frame_sequence.h"
#include "format/keyed_scanner.h"
#include "format/parallel_source.h"

namespace httpprof::format {
namespace {

// Scans and decodes in the thread of its caller.
class SerialSource : public RecordSource {
  public:
    SerialSource(KeyedScanner scanner, FrameDecoder decoder)
        : scanner_(std::move(scanner)), decoder_(std::move(decoder)) {}

    Result<std::optional<Frame>> next() override { return decoder_.decode(scanner_.next()); }

  private:
    KeyedScanner scanner_;
    FrameDecoder decoder_;
};

FrameDecoder::Sealed without_key(const ReadOptions& options) {
    if (options.pass_encrypted) return FrameDecoder::Sealed::pass;
    return options.key ? FrameDecoder::Sealed::blame_header : FrameDecoder::Sealed::ask_for_key;
}

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
                                                   const ReadOptions& options) {
    return read_capture(Input(Descriptor(descriptor), name), options);
}

Result<std::unique_ptr<RecordSource>> read_capture(Input input, const ReadOptions& options) {
    const std::string name = input.name();
    FrameScanner frames_in_file(std::move(input));
    const auto preamble = frames_in_file.pass_preamble();
    if (!preamble) return preamble.error();
    KeyedScanner scanner(std::move(frames_in_file), options.key, name);
    FrameDecoder decoder(name, without_key(options));
    std::unique_ptr<RecordSource> frames;
    if (options.jobs > 1) {
        auto started = ParallelSource::start(std::move(scanner), decoder, options.jobs);
        if (!started) return started.error();
        frames = *std::move(started);
    } else {
        frames = std::make_unique<SerialSource>(std::move(scanner), std::move(decoder));
    }
    return std::unique_ptr<RecordSource>(
        std::make_unique<FrameSequence>(std::move(frames), *preamble));
}

Result<std::unique_ptr<RecordSource>> open_capture(const std::string& path,
                                                   const ReadOptions& options) {
    if (path == "-") {
        // A copy, so that closing it leaves standard input as it was.
        const int copy = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        if (copy < 0) return system_error("cannot read standard input", errno);
        return read_capture(copy, "standard input", options);
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
    return read_capture(descriptor, name, options);
}

bool is_read_once(const std::string& path) {
    struct stat status {};
    if (path == "-") return true;
    return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) &&
           !S_ISDIR(status.st_mode);
}

}  // namespace httpprof::format
