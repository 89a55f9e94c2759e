// Where an emitter writes: a file or standard output, through a buffer, with every error checked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "format/result.h"

namespace httpprof::replay {

class Output {
  public:
    // "-" is standard output. A file is created with mode 0600, since it holds what the capture
    // holds; one that exists is overwritten and keeps its mode.
    static Result<Output> open(const std::string& path);

    Output(Output&& other) noexcept;
    Output& operator=(Output&&) = delete;
    ~Output();  // drops what was not flushed

    Result<void> write(std::string_view bytes);
    Result<void> flush();
    // Flushes and closes; nothing may follow.
    Result<void> finish();

    // Writing failed because the reader of the pipe has closed it (EPIPE): no error of ours.
    bool reader_is_gone() const { return reader_is_gone_; }

  private:
    Output(int descriptor, bool owned, std::string name);
    Result<void> write_now(std::string_view rest);
    Error error_from(int code);

    int descriptor_;
    bool owned_;        // to be closed
    std::string name_;  // for messages
    std::string buffer_;
    bool reader_is_gone_ = false;
};

}  // namespace httpprof::replay
