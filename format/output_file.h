// A capture on its way to a file or to standard output.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "format/writer.h"

namespace httpprof::format {

// A file is created with mode 0600 as PATH.part and gets its name in finish(). An existing PATH or
// PATH.part is an Error, unless `overwrite`: then PATH stays until finish() puts the new file in
// its place, and a PATH.part goes unless a process is still writing it. A recorder that is killed
// leaves the .part, which readers take as it is. "-" is standard output; a PATH that is a device, a
// named pipe or the name of a descriptor is written to as it is; a terminal is an Error.
class OutputFile : public ByteSink {
  public:
    static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                      bool overwrite = false);

    // What is open already and has its name, such as a pipe; takes the descriptor over. `name` is
    // for messages.
    static std::unique_ptr<OutputFile> to_descriptor(int descriptor, std::string name);

    // Syncs and gives the file its final name; an Error where the .part is not there any more, or
    // is another file.
    virtual Result<void> finish() = 0;

    // Removes the .part, in place of finish().
    virtual void discard() = 0;
};

// Of a path that names an open descriptor of this process, such as /dev/stdout or /dev/fd/3, its
// number.
std::optional<int> descriptor_named(std::string_view path);

// Whether create() would write to what is there: there is no file to go on in, nor one to replace.
bool is_stream(const std::string& path);

}  // namespace httpprof::format
