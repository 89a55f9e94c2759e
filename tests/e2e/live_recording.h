// Records live traffic with the httpprof binary and analyzes it with the same binary.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/child_process.h"

namespace httpprof::test {

// Empty when this process may load BPF programs; else why not.
std::string why_no_recording();

// Skips every test of a machine or user that cannot record, with the reason.
class LiveTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const std::string reason = why_no_recording(); !reason.empty()) GTEST_SKIP() << reason;
    }

    std::string capture() const { return folder_.path() / "capture.httpprof"; }
    std::string file(const std::string& name) const { return folder_.path() / name; }
    // Of sh: makes the file "started", and goes on until the test is over.
    std::string endless_command() const {
        const std::string started = file("started");
        return "touch " + started + "; while test -e " + started + "; do sleep 0.05; done";
    }

    // Starts `httpprof record -o capture() OPTIONS` and returns when everything is attached.
    void start_recording(const std::vector<std::string>& options = {});
    // Ends it with SIGINT; its exit status is checked to be 0.
    void stop_recording();
    ChildProcess& recorder() { return *recorder_; }

    // `httpprof analyze capture() OPTIONS`: one object an event.
    std::vector<nlohmann::json> analyze(const std::vector<std::string>& options = {});
    // `httpprof dump capture()`: one object a record or other frame.
    std::vector<nlohmann::json> dump();
    // What the summary says of the capture.
    nlohmann::json account();
    // The environment documents, as text.
    std::string analyze_environment();

  private:
    TemporaryDirectory folder_;
    std::unique_ptr<ChildProcess> recorder_;
};

// The events of one end of one kind, in order: those whose `field` is `value`.
std::vector<nlohmann::json> with(const std::vector<nlohmann::json>& events,
                                 const std::string& field, const nlohmann::json& value);

}  // namespace httpprof::test
