// Options of one letter that take a secret in some well-known programs, and in others anything
// else.
#pragma once

#include <span>

namespace httpprof::format {

class ProgramOptions {
  public:
    // Of a command line, to be given its words in turn: what of the next one is a secret by the
    // option before it or at its beginning; mostly nothing.
    std::span<char> secret_of(std::span<char> word);

  private:
    struct Option;
    static const Option* find(std::span<const char> word);

    const Option* expected_ = nullptr;  // of the program that was named last
    bool is_value_next_ = false;
};

}  // namespace httpprof::format
