// What an emitter makes of a capture, from its frames to its file.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "replay/analyzer.h"
#include "replay/decode_stage.h"
#include "replay/emit/output.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_capture.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::test {

template <typename Emitter, typename... Options>
std::string analyzed(const FakeCapture& capture, Options&&... options) {
    const TemporaryDirectory folder;
    const std::string path = folder.path() / "output";
    auto output = replay::Output::open(path);
    EXPECT_TRUE(output.ok());
    Emitter emitter(*output, std::forward<Options>(options)...);
    const replay::DecodeStage decode;
    replay::Analyzer analyzer({&emitter}, {.jobs = 2, .stages = {&decode}});
    FakeSource source(capture);
    EXPECT_TRUE(analyzer.read(source).ok());
    EXPECT_TRUE(analyzer.finish().ok());
    return read_file(path);
}

}  // namespace httpprof::test
