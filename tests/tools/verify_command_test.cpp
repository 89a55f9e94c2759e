// httpprof verify as a user calls it: verdicts, exit statuses, keys and segments.
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "format/digest.h"
#include "format/keys.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/valid_capture.h"

namespace httpprof::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class VerifyCommandTest : public ::testing::Test {
  protected:
    std::string file(const std::string& name, const std::string& bytes) const {
        const std::string path = folder_.path() / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    static Finished verify(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {HTTPPROF_BINARY, "verify"});
        return run(arguments);
    }

    TemporaryDirectory folder_;
};

std::string last_digest(const std::string& bytes) {
    return bytes.substr(bytes.size() - format::kDigestSize);
}

std::string hex(const std::string& bytes) {
    return format::to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string damaged(std::string bytes) {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    return bytes;
}

TEST_F(VerifyCommandTest, AnIntactCaptureIsOneLine) {
    const std::string bytes = valid_capture();
    const std::string path = file("a.httpprof", bytes);
    const Finished finished = verify({path});
    EXPECT_EQ(finished.status, 0);
    EXPECT_EQ(finished.errors, "");
    EXPECT_EQ(finished.output, path + ": intact: 8 frames, 5 records, last digest " +
                                   hex(last_digest(bytes)) + ", not signed\n");
}

TEST_F(VerifyCommandTest, AProblemIsALineAndStatus3) {
    const std::string path = file("a.httpprof", damaged(valid_capture()));
    const Finished finished = verify({path});
    EXPECT_EQ(finished.status, 3);
    EXPECT_THAT(finished.output, StartsWith(path + ": frame "));
    EXPECT_THAT(finished.output, HasSubstr(" at byte "));
    EXPECT_THAT(finished.output, EndsWith(path + ": 1 problem\n"));
}

TEST_F(VerifyCommandTest, AFileThatCannotBeReadIsStatus1) {
    const Finished finished =
        verify({file("bad", "no capture"), file("a.httpprof", damaged(valid_capture()))});
    EXPECT_EQ(finished.status, 1);
    EXPECT_THAT(finished.errors, HasSubstr("bad is not a capture"));
    EXPECT_THAT(finished.output, Not(HasSubstr("bad")));
    EXPECT_THAT(finished.output, EndsWith(": 1 problem\n"));
}

TEST_F(VerifyCommandTest, OfAFileThatIsNotThereOnlyTheErrorIsSaid) {
    const std::string key = format::to_text(format::SecretKey::generate().public_key());
    const std::string path = folder_.path() / "nothing";
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{}, std::vector<std::string>{"--public-key", key}}) {
        std::vector<std::string> arguments = more;
        arguments.push_back(path);
        const Finished finished = verify(arguments);
        EXPECT_EQ(finished.status, 1);
        EXPECT_EQ(finished.output, "");
        EXPECT_THAT(finished.errors, HasSubstr("cannot open " + path));
    }
}

TEST_F(VerifyCommandTest, TheSignerIsComparedWithAPublicKey) {
    const format::SecretKey key = format::SecretKey::generate();
    const std::string path = file("a.httpprof", valid_capture({.write = {.sign_key = key}}));
    const Finished any = verify({path});
    EXPECT_EQ(any.status, 0);
    EXPECT_THAT(any.output, EndsWith(" (not checked against a known key)\n"));
    const std::string signer = ", signed by " + format::to_hex(key.public_key().signing);
    const std::string text = format::to_text(key.public_key());
    EXPECT_THAT(verify({path, "--public-key", text}).output, EndsWith(signer + "\n"));
    const std::string key_path = file("key.pub", text + "\n");
    EXPECT_THAT(verify({path, "--public-key", key_path}).output, EndsWith(signer + "\n"));
}

TEST_F(VerifyCommandTest, AMissingOrOtherSignatureIsStatus3) {
    const std::string other = format::to_text(format::SecretKey::generate().public_key());
    const std::string path =
        file("a.httpprof", valid_capture({.write = {.sign_key = format::SecretKey::generate()}}));
    EXPECT_EQ(verify({path, "--public-key", other}).status, 3);
    EXPECT_EQ(verify({file("b.httpprof", valid_capture()), "--public-key", other}).status, 3);
    EXPECT_EQ(verify({path, "--public-key", "no key"}).status, 1);
}

TEST_F(VerifyCommandTest, WithoutAKeyOnlyTheStructureIsVerified) {
    const format::SecretKey key = format::SecretKey::generate();
    const std::string path =
        file("a.httpprof", valid_capture({.write = {.encrypt_to = {key.public_key()}}}));
    const Finished hidden = verify({path});
    EXPECT_EQ(hidden.status, 0);
    EXPECT_THAT(hidden.output, EndsWith("is encrypted: verify it with --key\n"));
    const Finished opened = verify({path, "--key", file("my.key", key.text() + "\n")});
    EXPECT_EQ(opened.status, 0);
    EXPECT_THAT(opened.output, EndsWith(", not signed\n"));
    const std::string another = format::SecretKey::generate().text();
    EXPECT_EQ(verify({path, "--key", file("other.key", another + "\n")}).status, 1);
}

TEST_F(VerifyCommandTest, SegmentsAreVerifiedInSequence) {
    format::Header header = sample_header();
    const std::string first = valid_capture({.header = header});
    header.segment = 1;
    header.previous_segment = last_digest(first);
    const std::string a = file("a.httpprof", first);
    const std::string b = file("b.httpprof", valid_capture({.header = header}));
    EXPECT_EQ(verify({b, a}).status, 0);
    const Finished alone = verify({b});
    EXPECT_EQ(alone.status, 0);
    EXPECT_THAT(alone.output, HasSubstr("note: it is segment 1"));
    const Finished other = verify({file("c.httpprof", valid_capture()), b});
    EXPECT_EQ(other.status, 3);
    EXPECT_THAT(other.output, HasSubstr("it does not follow segment 0"));
}

TEST_F(VerifyCommandTest, PrintsOneJsonObjectForEachFile) {
    const std::string bytes = valid_capture();
    const Finished finished =
        verify({"--json", file("a.httpprof", bytes), file("b.httpprof", damaged(valid_capture()))});
    EXPECT_EQ(finished.status, 3);
    const std::size_t line = finished.output.find('\n');
    const auto intact = nlohmann::json::parse(finished.output.substr(0, line));
    EXPECT_EQ(intact["intact"], true);
    EXPECT_EQ(intact["frames"], 8);
    EXPECT_EQ(intact["records"], 5);
    EXPECT_EQ(intact["last_digest"], hex(last_digest(bytes)));
    EXPECT_EQ(intact["signature"], "none");
    const auto broken = nlohmann::json::parse(finished.output.substr(line + 1));
    EXPECT_EQ(broken["intact"], false);
    EXPECT_EQ(broken["problems"].size(), broken["problem_count"]);
    EXPECT_TRUE(broken["problems"][0]["what"].is_string());
}

TEST_F(VerifyCommandTest, ReaderThatLeavesDoesNotHideTheVerdict) {
    const std::string intact = file("intact.httpprof", valid_capture());
    const std::string changed = file("changed.httpprof", damaged(valid_capture()));
    EXPECT_EQ(run_without_reader({HTTPPROF_BINARY, "verify", intact}).status, 0);
    EXPECT_EQ(run_without_reader({HTTPPROF_BINARY, "verify", intact, changed}).status, 3);
}

}  // namespace
}  // namespace httpprof::test
