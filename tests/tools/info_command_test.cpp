// httpprof info as a user calls it.
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "format/keys.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/valid_capture.h"

namespace httpprof::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class InfoCommandTest : public ::testing::Test {
  protected:
    std::string file(const std::string& name, const std::string& bytes) const {
        const std::string path = folder_.path() / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    static Finished info(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {HTTPPROF_BINARY, "info"});
        return run(arguments);
    }

    static nlohmann::json json(const std::vector<std::string>& arguments) {
        std::vector<std::string> all = arguments;
        all.push_back("--json");
        return nlohmann::json::parse(info(all).output);
    }

    TemporaryDirectory folder_;
};

TEST_F(InfoCommandTest, PrintsOneNameAndValueALine) {
    const std::string path = file("a.httpprof", valid_capture());
    const Finished finished = info({path});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.errors, "");
    EXPECT_THAT(finished.output, StartsWith("file:               " + path + "\n"));
    for (const char* line :
         {"format:             1.1\n", "host:               web-1\n",
          "capture id:         fefefefefefefefefefefefefefefefe\n", "segment:            0\n",
          "start:              2023-11-14T22:13:20.000000005Z, 1.000000000 s after boot\n",
          "end:                2023-11-14T21:13:21.000000000Z, 12.000000000 s after boot\n",
          "duration:           11.000000000 s\n",
          "frames:             8: 1 header, 2 records, 1 stats, 2 clock, 1 end, 1 header_copy\n",
          "records:            5\n", "connections:        2\n",
          "lost:               ring-full: 2, 300 bytes\n",
          "ended:              cleanly: duration\n", "read:               by the index\n",
          "encryption:         none\n", "signature:          none\n"})
        EXPECT_THAT(finished.output, HasSubstr(line));
}

TEST_F(InfoCommandTest, PrintsOneJsonObject) {
    const nlohmann::json object = json({file("a.httpprof", valid_capture())});
    EXPECT_EQ(object["index"], true);
    EXPECT_EQ(object["format_version"], "1.1");
    EXPECT_EQ(object["host"], "web-1");
    EXPECT_EQ(object["options"], nlohmann::json({"record", "-o", "x.httpprof"}));
    EXPECT_EQ(object["start"]["utc"], "2023-11-14T22:13:20.000000005Z");
    EXPECT_EQ(object["end"]["boottime_ns"], 12'000'000'000);
    EXPECT_EQ(object["duration_ns"], 11'000'000'000);
    EXPECT_EQ(object["frames"], 8);
    EXPECT_EQ(object["frames_by_type"]["records"], 2);
    EXPECT_EQ(object["records"], 5);
    EXPECT_EQ(object["produced"], 7);
    EXPECT_EQ(object["lost"][0]["cause"], "ring-full");
    EXPECT_EQ(object["connections"], 2);
    EXPECT_EQ(object["processes"], 1);
    EXPECT_EQ(object["clean_end"], true);
    EXPECT_EQ(object["end_reason"], "duration");
    EXPECT_EQ(object["encrypted"], false);
    EXPECT_EQ(object["signed_by"], nullptr);
    EXPECT_EQ(object["damages"], 0);
}

TEST_F(InfoCommandTest, AnUnfinishedCaptureIsFoundByItsName) {
    file("a.httpprof.part", valid_capture({.with_end = false}));
    const nlohmann::json object = json({folder_.path() / "a.httpprof"});
    EXPECT_EQ(object["clean_end"], false);
    EXPECT_EQ(object["index"], false);
    EXPECT_EQ(object["damages"], 1);
}

TEST_F(InfoCommandTest, AKeyShowsWhatIsHidden) {
    const format::SecretKey key = format::SecretKey::generate();
    const std::string path =
        file("a.httpprof", valid_capture({.write = {.encrypt_to = {key.public_key()}}}));
    const Finished hidden = info({path});
    EXPECT_EQ(hidden.status, 0);
    EXPECT_THAT(hidden.output, HasSubstr("hidden:             what is in the frames"));
    EXPECT_EQ(json({path})["needs_key"], true);
    EXPECT_EQ(json({path})["connections"], nullptr);
    const std::string key_path = file("my.key", key.text() + "\n");
    EXPECT_EQ(json({path, "--key", key_path})["connections"], 2);
}

TEST_F(InfoCommandTest, ControlCharactersAreEscaped) {
    format::Header header = sample_header();
    header.host = "web\x1B[2J\n";
    const std::string path = file("a.httpprof", valid_capture({.header = header}));
    EXPECT_THAT(info({path}).output, HasSubstr("host:               web\\x1b[2J\\x0a\n"));
    EXPECT_EQ(json({path})["host"], "web\x1B[2J\n");
}

TEST_F(InfoCommandTest, OneBadFileDoesNotHideTheOthers) {
    const Finished finished =
        info({file("bad", "no capture"), file("a.httpprof", valid_capture())});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.errors, HasSubstr("bad is not a capture"));
    EXPECT_THAT(finished.output, HasSubstr("host:               web-1\n"));
}

TEST_F(InfoCommandTest, ReaderThatLeavesDoesNotHideABadFile) {
    const std::string good = file("a.httpprof", valid_capture());
    EXPECT_EQ(run_without_reader({HTTPPROF_BINARY, "info", good}).status, 0);
    const Finished finished = run_without_reader({HTTPPROF_BINARY, "info", file("bad", ""), good});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.errors, HasSubstr("bad"));
}

}  // namespace
}  // namespace httpprof::test
