// A capture on its way to a file or to standard output.
#pragma once

#include <memory>
#include <string>

#include "format/writer.h"

namespace httpprof::format {

// A file is created with mode 0600 as PATH.part and gets its name in finish(); an existing PATH or
// PATH.part is an Error, never overwritten. A recorder that is killed leaves the .part, which
// readers take as it is. "-" is standard output.
class OutputFile : public ByteSink {
  public:
    static Result<std::unique_ptr<OutputFile>> create(const std::string& path);

    // Syncs and gives the file its final name.
    virtual Result<void> finish() = 0;
};

}  // namespace httpprof::format
