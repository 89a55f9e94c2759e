// Several captures as the sources of one.
#pragma once

#include <string>
#include <vector>

#include "format/frame.h"
#include "format/reader.h"
#include "format/result.h"
#include "format/segment_order.h"

namespace httpprof::format {

struct SourceFile {
    std::string path;
    Header header;
};

struct SourceFiles {
    std::vector<SourceFile> files;  // segments of a recording in their order
    std::vector<MissingSegments> missing;
    std::vector<std::string> notes;  // for people: segments that are not among them
};

// Reads the Headers. Fails when one cannot be read, when the times of two cannot be compared since
// they are not of one boot of one host, and when one recording is named twice.
Result<SourceFiles> examine_sources(const std::vector<std::string>& paths, Repeats repeats);

bool are_of_one_recording(const std::vector<SourceFile>& files);

// What is made of several has this Header.
Header combined_header(const std::vector<SourceFile>& files);

}  // namespace httpprof::format
