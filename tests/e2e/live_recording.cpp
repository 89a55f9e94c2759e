#include "tests/e2e/live_recording.h"

#include <sstream>

#include <signal.h>

#include "record/preflight.h"
#include "record/tracefs.h"

namespace httpprof::test {

std::string why_no_recording() {
    if (const Result<void> host = record::check_host(); !host) return host.error().message;
    if (const auto tracefs = record::Tracefs::open(); !tracefs) return tracefs.error().message;
    return {};
}

namespace {

// The JSON lines that a program writes.
std::vector<nlohmann::json> lines_of(const std::vector<std::string>& command) {
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 0) << finished.errors;
    std::vector<nlohmann::json> objects;
    std::istringstream lines(finished.output);
    for (std::string line; std::getline(lines, line);)
        objects.push_back(nlohmann::json::parse(line));
    return objects;
}

}  // namespace

void LiveTest::start_recording(const std::vector<std::string>& options) {
    std::vector<std::string> command{HTTPPROF_BINARY, "record", "-o", capture()};
    command.insert(command.end(), options.begin(), options.end());
    recorder_ = std::make_unique<ChildProcess>(ChildProcess::Settings{.command = command});
    ASSERT_TRUE(recorder_->wait_for_error_text("httpprof: recording")) << recorder_->errors();
}

void LiveTest::stop_recording() {
    recorder_->signal(SIGINT);
    ASSERT_EQ(recorder_->wait(), 0) << recorder_->errors();
}

std::vector<nlohmann::json> LiveTest::analyze(const std::vector<std::string>& options) {
    std::vector<std::string> command{HTTPPROF_BINARY, "analyze", capture()};
    command.insert(command.end(), options.begin(), options.end());
    return lines_of(command);
}

std::vector<nlohmann::json> LiveTest::dump() {
    return lines_of({HTTPPROF_BINARY, "dump", capture()});
}

nlohmann::json LiveTest::account() {
    const Finished finished =
        run({HTTPPROF_BINARY, "analyze", capture(), "-o", file("account.jsonl"), "--summary", "-"});
    EXPECT_EQ(finished.status, 0) << finished.errors;
    return nlohmann::json::parse(finished.output).at("capture");
}

std::string LiveTest::analyze_environment() {
    const Finished finished =
        run({HTTPPROF_BINARY, "analyze", capture(), "-o", file("events.jsonl"), "--env-out", "-"});
    EXPECT_EQ(finished.status, 0) << finished.errors;
    return finished.output;
}

std::vector<nlohmann::json> with(const std::vector<nlohmann::json>& events,
                                 const std::string& field, const nlohmann::json& value) {
    std::vector<nlohmann::json> found;
    for (const nlohmann::json& event : events) {
        if (event.contains(field) && event[field] == value) found.push_back(event);
    }
    return found;
}

}  // namespace httpprof::test
