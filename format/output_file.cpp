#include "format/output_file.h"

#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/descriptor.h"
#include "format/rename.h"

namespace httpprof::format {
namespace {

// Bytes.
constexpr std::size_t kWritebackSize = 1024 * 1024;

// Standard output, a pipe or a device: there already, and under its name.
class ExistingOutput : public OutputFile {
  public:
    ExistingOutput(Descriptor output, std::string name)
        : output_(std::move(output)),
          name_(std::move(name)),
          regular_file_(output_.is_regular_file()) {}

    Result<void> write(std::span<const std::byte> bytes) override {
        return write_all(output_.get(), bytes, name_);
    }

    Result<void> sync() override {
        if (regular_file_ && ::fdatasync(output_.get()) != 0)
            return system_error("cannot sync " + name_, errno);
        return {};
    }

    Result<void> finish() override { return sync(); }

    // What was written is gone to whoever reads it.
    void discard() override {}

  private:
    Descriptor output_;
    std::string name_;
    bool regular_file_;  // standard output, by redirection
};

// A file that is not there by its final name before finish().
class NamedFile : public OutputFile {
  public:
    NamedFile(Descriptor file, std::string path, std::string part, bool overwrite)
        : file_(std::move(file)),
          path_(std::move(path)),
          part_(std::move(part)),
          overwrite_(overwrite) {}

    Result<void> write(std::span<const std::byte> bytes) override {
        Result<void> written = write_all(file_.get(), bytes, part_);
        dirty_ += bytes.size();
        if (dirty_ >= kWritebackSize) start_writeback();
        return written;
    }

    Result<void> sync() override {
        if (::fdatasync(file_.get()) != 0) return system_error("cannot sync " + part_, errno);
        return {};
    }

    Result<void> finish() override {
        if (::fsync(file_.get()) != 0) return system_error("cannot sync " + part_, errno);
        if (!has_part()) return part_lost();
        const int error = overwrite_ ? rename_over(part_, path_) : rename_to_new(part_, path_);
        if (error != 0)
            return system_error(
                "cannot rename " + part_ + " to " + path_ + ", the capture is in " + part_, error);
        return sync_directory();
    }

    void discard() override {
        if (has_part()) ::unlink(part_.c_str());
    }

  private:
    // So that a sync has to wait for little. That it fails is of no account: the sync says so.
    void start_writeback() {
        dirty_ = 0;
        ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    }

    // Whether the .part is still the file that was written, and not one that somebody else put
    // there.
    bool has_part() const {
        struct stat own {};
        struct stat named {};
        return ::fstat(file_.get(), &own) == 0 && ::lstat(part_.c_str(), &named) == 0 &&
               own.st_dev == named.st_dev && own.st_ino == named.st_ino;
    }

    Error part_lost() const {
        struct stat own {};
        const bool is_removed = ::fstat(file_.get(), &own) == 0 && own.st_nlink == 0;
        return {"cannot finish " + path_ + ": while it was written, " + part_ + " was " +
                (is_removed ? "removed" : "moved away") + ", and the capture with it"};
    }

    // Without it the new name may not survive a crash of the machine.
    Result<void> sync_directory() const {
        const auto slash = path_.rfind('/');
        const std::string directory = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
        const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!opened.open()) return system_error("cannot open " + directory, errno);
        // EINVAL: this file system does not sync directories.
        if (::fsync(opened.get()) != 0 && errno != EINVAL)
            return system_error("cannot sync " + directory, errno);
        return {};
    }

    Descriptor file_;
    std::string path_;
    std::string part_;
    bool overwrite_;
    std::size_t dirty_ = 0;  // bytes for which no writeback was started
};

// It would act on what is in a capture, which is no text.
Result<std::unique_ptr<OutputFile>> unless_terminal(Descriptor descriptor,
                                                    const std::string& name) {
    if (::isatty(descriptor.get()) != 0)
        return Error{"cannot write a capture to " + name + ": it is a terminal"};
    return OutputFile::to_descriptor(descriptor.release(), name);
}

Result<std::unique_ptr<OutputFile>> open_copy(int descriptor, const std::string& name) {
    // A copy, so that closing it leaves the descriptor as it was.
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!copy.open()) return system_error("cannot write " + name, errno);
    return unless_terminal(std::move(copy), name);
}

Result<std::unique_ptr<OutputFile>> open_existing(const std::string& path) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.open()) return system_error("cannot open " + path, errno);
    return unless_terminal(std::move(file), path);
}

bool is_device_or_pipe(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 &&
           (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode));
}

// A process locks the .part that it writes. Where a file system has no locks, nothing is known of
// it.
bool is_being_written(const std::string& part) {
    const Descriptor file(::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    return file.open() && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<void> remove_part(const std::string& part) {
    const std::string what = "cannot replace " + part;
    if (is_being_written(part)) return Error{what + ": another process is writing it"};
    if (::unlink(part.c_str()) != 0 && errno != ENOENT) return system_error(what, errno);
    return {};
}

Error cannot_create(const std::string& path, int code) {
    Error error = system_error("cannot create " + path, code);
    if (code == EEXIST) error.message += "; to replace it, use --force";
    return error;
}

}  // namespace

std::unique_ptr<OutputFile> OutputFile::to_descriptor(int descriptor, std::string name) {
    return std::make_unique<ExistingOutput>(Descriptor(descriptor), std::move(name));
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path, bool overwrite) {
    if (path == "-") return open_copy(STDOUT_FILENO, "standard output");
    if (const auto descriptor = descriptor_named(path)) return open_copy(*descriptor, path);
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return system_error("cannot create " + path, EISDIR);
    if (is_device_or_pipe(path)) return open_existing(path);
    if (::lstat(path.c_str(), &status) == 0 && !overwrite) return cannot_create(path, EEXIST);
    std::string part = path + ".part";
    if (overwrite) {
        if (Result<void> removed = remove_part(part); !removed) return removed.error();
    }
    Descriptor file(
        ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file.open()) return cannot_create(part, errno);
    ::flock(file.get(), LOCK_EX | LOCK_NB);
    return std::unique_ptr<OutputFile>(
        std::make_unique<NamedFile>(std::move(file), path, std::move(part), overwrite));
}

std::optional<int> descriptor_named(std::string_view path) {
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!path.starts_with(folder)) continue;
        const std::string_view digits = path.substr(folder.size());
        int descriptor = -1;
        const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), descriptor);
        if (end.ptr == digits.data() + digits.size() && descriptor >= 0) return descriptor;
    }
    return std::nullopt;
}

bool is_stream(const std::string& path) {
    return path == "-" || descriptor_named(path) || is_device_or_pipe(path);
}

}  // namespace httpprof::format
