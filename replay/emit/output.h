// Where an emitter writes: a file or standard output, through a buffer, with every error checked.
// What was not flushed is dropped with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "format/descriptor.h"
#include "format/result.h"

namespace httpprof::replay {

class Output {
  public:
    enum class Existing : std::uint8_t { overwrite, append };

    // "-" is standard output. A file is created with mode 0600, since it holds what the capture
    // holds; one that exists keeps its mode.
    static Result<Output> open(const std::string& path, Existing existing = Existing::overwrite);

    Result<void> write(std::string_view bytes);
    // JSON, which has nothing in it that a terminal would act on where it goes to one.
    Result<void> write_json(std::string_view json);
    Result<void> flush();
    // Flushes and closes; nothing may follow.
    Result<void> finish();

    // The file had something in it, which is continued.
    bool continues() const { return continues_; }

    // What is written once its reader is gone is dropped, and no error: there is more to be done.
    void outlive_reader() { outlives_reader_ = true; }

  private:
    static Result<Output> standard_output();
    Output(format::Descriptor file, std::string name)
        : file_(std::move(file)), name_(std::move(name)) {}
    Result<void> write_now(std::string_view bytes);

    format::Descriptor file_;
    std::string name_;  // for messages
    bool is_terminal_ = false;
    std::string buffer_;
    bool continues_ = false;
    bool outlives_reader_ = false;
};

}  // namespace httpprof::replay
