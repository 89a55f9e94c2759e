// Finds the end of a header or trailer section, the first empty line, in bytes that come in pieces.
#pragma once

#include <cstddef>
#include <string_view>

namespace httpprof::replay {

class SectionScanner {
  public:
    // The section's first line begins at `position` of what is buffered.
    void start(std::size_t position);

    // How many of `bytes`, which follow `buffered`, belong to the section: all of them until it is
    // complete. The caller then adds them to what is buffered.
    std::size_t scan(std::string_view buffered, std::string_view bytes);

    bool complete() const { return complete_; }
    // Where the line that is not complete begins.
    std::size_t line_start() const { return line_start_; }

  private:
    std::size_t line_start_ = 0;
    bool complete_ = false;
};

}  // namespace httpprof::replay
