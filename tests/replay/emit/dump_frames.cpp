#include "tests/replay/emit/dump_frames.h"

#include <sstream>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::replay {

format::Frame records_frame(const std::vector<std::string>& records) {
    format::RecordBatch batch;
    for (const std::string& bytes : records) {
        const auto record = format::decode_record(bytes);
        batch.records.push_back(record ? *record
                                       : format::MalformedRecord{format::record_time_ns(bytes),
                                                                 record.error().message});
        batch.bytes.push_back({bytes});
    }
    format::Frame frame{.offset = 500, .header = {}, .digest = {}, .content = std::move(batch)};
    frame.header.type = static_cast<std::uint8_t>(format::FrameType::records);
    frame.header.number = 3;
    return frame;
}

format::Frame frame_of(format::FrameType type, format::FrameContent content) {
    format::Frame frame{.offset = 900, .header = {}, .digest = {}, .content = std::move(content)};
    frame.header.type = static_cast<std::uint8_t>(type);
    frame.header.number = 4;
    return frame;
}

std::string dumped(const Dump& dump, const format::Frame& frame) {
    const test::TemporaryDirectory directory;
    const std::string path = directory.path() / "dump";
    auto output = Output::open(path);
    EXPECT_TRUE(output.ok());
    EXPECT_TRUE(dump(frame, *output).ok());
    EXPECT_TRUE(output->finish().ok());
    return test::read_file(path);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

}  // namespace httpprof::replay
